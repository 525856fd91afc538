package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"gatekeeper/admission"
	"gatekeeper/admission/wire"
)

// operator is the operators' calls that a drill needs.
type operator struct {
	client *Client
	key    string
}

func (o operator) instances(ctx context.Context) ([]wire.AdminInstance, error) {
	var list wire.AdminInstances
	err := o.client.ask(ctx, http.MethodGet, "/admin/api/instances", o.key, nil, &list)
	return list.Instances, err
}

func (o operator) instance(ctx context.Context, id admission.InstanceID) (in wire.AdminInstance, err error) {
	err = o.client.ask(ctx, http.MethodGet, "/admin/api/instances/"+string(id), o.key, nil, &in)
	return in, err
}

func (o operator) create(ctx context.Context, settings wire.InstanceSettings) error {
	return o.client.ask(ctx, http.MethodPost, "/admin/api/instances", o.key, settings, nil)
}

func (o operator) change(ctx context.Context, id admission.InstanceID, settings wire.InstanceSettings) error {
	return o.client.ask(ctx, http.MethodPatch, "/admin/api/instances/"+string(id), o.key, settings, nil)
}

// lastSeq returns the number of the newest event. The log is numbered without gaps and may be long, so it is not read
// from known on but searched: in ever longer strides, and shorter ones again behind the end.
func (o operator) lastSeq(ctx context.Context, known uint64) (uint64, error) {
	for stride := uint64(0); ; {
		found, err := o.eventAfter(ctx, known+stride)
		switch {
		case err != nil:
			return known, err
		case found > 0:
			known, stride = found, max(1, 2*stride)
		case stride == 0:
			return known, nil
		default:
			stride /= 2
		}
	}
}

// eventAfter returns the number of the first event after since; 0 = there is none.
func (o operator) eventAfter(ctx context.Context, since uint64) (uint64, error) {
	answer, err := o.client.call(ctx, http.MethodGet, fmt.Sprintf("/admin/api/events?since=%d&limit=1", since), o.key, nil)
	switch {
	case err != nil:
		return 0, err
	case answer.status != http.StatusOK:
		return 0, answer.refusal()
	case len(answer.body) == 0:
		return 0, nil
	}
	var e wire.Event
	err = json.Unmarshal(answer.body, &e)
	return e.Seq, err
}
