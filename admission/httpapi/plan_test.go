package httpapi_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

// TestAnInstancesEveningIsAPlan asks for the last evening before anybody came, while the first plays, and after; and
// simulates it as it is and as it cannot be.
func TestAnInstancesEveningIsAPlan(t *testing.T) {
	inHouse(t, nil, func(h *house) {
		evening := func() reply { return h.ask(operatorKey, "GET", "/admin/api/instances/main/evening", "") }
		if r := evening(); r.status != http.StatusNotFound || r.body["code"] != "NOTHING_RECORDED" {
			t.Fatalf("before anybody came: %d %v", r.status, r.body)
		}
		h.capacity(2)
		players := h.crowd("main", "ana", "ben")
		if r := evening(); r.status != http.StatusNotFound {
			t.Fatalf("before anybody left: %d %v", r.status, r.body)
		}
		time.Sleep(10 * time.Minute)
		for _, p := range players {
			p.leaves()
		}
		r := evening()
		if r.status != http.StatusOK {
			t.Fatalf("%d %v", r.status, r.body)
		}
		arrivals, sessions := r.body["arrivals"].(object), r.body["sessions"].(object)
		lengths := sessions["seconds"].([]any)
		if arrivals["pattern"] != "recorded" || len(lengths) != 2 || lengths[0].(float64) < 600 || lengths[0].(float64) > 601 {
			t.Errorf("the evening is %v", r.body)
		}
		if got := r.body["capacities"].([]any); got[0] != 2.0 {
			t.Errorf("it had %v seats", got)
		}

		body, err := json.Marshal(r.body)
		if err != nil {
			t.Fatal(err)
		}
		simulation := h.ask(operatorKey, "POST", "/admin/api/simulations", string(body))
		if simulation.status != http.StatusOK {
			t.Fatalf("%d %v", simulation.status, simulation.body)
		}
		run := simulation.body["runs"].([]any)[0].(object)
		if run["arrived"] != 2.0 || run["admitted"] != 2.0 || simulation.body["seatsForTarget"] != 2.0 {
			t.Errorf("the simulation is %v", simulation.body)
		}
		r.body["capacities"] = []int{}
		if body, err = json.Marshal(r.body); err != nil {
			t.Fatal(err)
		}
		if r := h.ask(operatorKey, "POST", "/admin/api/simulations", string(body)); r.status != http.StatusBadRequest {
			t.Errorf("without a capacity: %d %v", r.status, r.body)
		}
	})
}
