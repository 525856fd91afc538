package gamelink

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// SignWebhook returns the header Gatekeeper-Signature of a body: "t=<unix time>,v1=<HMAC-SHA256 of "time.body" in hex>".
// The time is signed, too, so that what was overheard cannot be sent again for ever.
func SignWebhook(secret string, at time.Time, body []byte) string {
	t := at.Unix()
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", t)
	mac.Write(body)
	return fmt.Sprintf("t=%d,v1=%s", t, hex.EncodeToString(mac.Sum(nil)))
}
