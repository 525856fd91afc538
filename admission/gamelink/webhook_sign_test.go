package gamelink_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gatekeeper/admission/admissiontest"
	"gatekeeper/admission/gamelink"
)

func Example_verifyWebhook() {
	body := []byte(`{"webhookId":"…","instanceId":"main","events":[…]}`)
	now := time.Unix(1_900_000_000, 0)
	header := gamelink.SignWebhook("the secret", now, body) // Gatekeeper-Signature
	fmt.Println(header)
	fmt.Println(admissiontest.VerifyWebhook("the secret", header, body, now))
	fmt.Println(admissiontest.VerifyWebhook("the secret", header, []byte(`{"webhookId":"another"}`), now))
	fmt.Println(admissiontest.VerifyWebhook("the secret", header, body, now.Add(time.Hour)))
	fmt.Println(admissiontest.VerifyWebhook("the secret", "", body, now))
	// Output:
	// t=1900000000,v1=581968c923b807bc60f3168bddc9126eab4b69ca9607fd39714a535902759ca1
	// <nil>
	// it is not from gatekeeper, or old
	// it is not from gatekeeper, or old
	// there is no signature
}

func TestASignatureIsOfTheBodyTheTimeAndTheSecret(t *testing.T) {
	at, body := time.Unix(1_900_000_000, 0), []byte("a body")
	good := gamelink.SignWebhook("a secret of it", at, body)
	for story, err := range map[string]error{
		"another secret": admissiontest.VerifyWebhook("another secret", good, body, at),
		"another body":   admissiontest.VerifyWebhook("a secret of it", good, []byte("a bodY"), at),
		"another time":   admissiontest.VerifyWebhook("a secret of it", strings.Replace(good, "t=19", "t=18", 1), body, at),
		"long ago":       admissiontest.VerifyWebhook("a secret of it", good, body, at.Add(time.Hour)),
		"no signature":   admissiontest.VerifyWebhook("a secret of it", "", body, at),
		"half of it":     admissiontest.VerifyWebhook("a secret of it", good[:40], body, at),
	} {
		if err == nil {
			t.Errorf("%s is believed", story)
		}
	}
	if err := admissiontest.VerifyWebhook("a secret of it", good, body, at.Add(time.Minute)); err != nil {
		t.Error(err)
	}
}
