package virtpos_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

type made struct {
	Success, ID, IsNew int64
	Info               string
}

// parallel makes n requests at the same time and returns their answers.
func parallel(t *testing.T, n int, h *dialecttest.Hub, path string, query func(i int) string) []made {
	t.Helper()
	answers := make([]made, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			text := ask(h, h.Vars["key"], path, "format=json&"+query(i)).Body.Bytes()
			if err := json.Unmarshal(text, &answers[i]); err != nil {
				t.Errorf("%v in %s", err, text)
			}
		})
	}
	wg.Wait()
	return answers
}

// A group that is made at the same time lets the others wait; without one they
// meet at the customer.
func TestTwentyCreatesOfOneCustomerMakeOne(t *testing.T) {
	for name, group := range map[string]string{"in a new group": "&group_name=VIP", "in no group": ""} {
		t.Run(name, func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				fresh, ids := 0, make(map[int64]bool)
				for i, m := range parallel(t, 20, h, "/api/customer/update", func(i int) string {
					return fmt.Sprintf("create_if_not_exist=1&external_id=1c-77&lname=Name%d&phone=8921000000%d%s", i, i%2, group)
				}) {
					if m.Success != 1 {
						t.Errorf("request %d: %+v", i, m)
					}
					fresh += int(m.IsNew)
					ids[m.ID] = true
				}
				if n, err := h.DB.Count(t.Context()); fresh != 1 || len(ids) != 1 || err != nil || n.Customers != 1 {
					t.Errorf("%d were told that it is new, of the ids %v, and %d customers are stored, %v; want one", fresh, ids, n.Customers, err)
				}
			})
		})
	}
}

func TestTwentyCreatesWithOnePhoneMakeTwenty(t *testing.T) {
	dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
		for i, m := range parallel(t, 20, h, "/api/customer/update", func(i int) string {
			return fmt.Sprintf("create_if_not_exist=1&external_id=p-%d&phone=89210000000", i)
		}) {
			if m.Success != 1 || m.IsNew != 1 {
				t.Errorf("request %d: %+v, want a customer of its own", i, m)
			}
		}
		if n, err := h.DB.Count(t.Context()); err != nil || n.Customers != 20 {
			t.Errorf("%d customers are stored, %v; want twenty", n.Customers, err)
		}
	})
}

func TestTwentyCardsOfOneNumberAreOne(t *testing.T) {
	for name, tt := range map[string]struct {
		path, kind string
		again      int64 // success of those who come later
	}{
		"inserted":                  {"/api/card/insert", "", 0},
		"inserted with a new type":  {"/api/card/insert", "&type_name=Silver", 0},
		"updated":                   {"/api/card/update", "", 1},
		"updated with a new type":   {"/api/card/update", "&type_name=Silver", 1},
		"updated with an outer id":  {"/api/card/update", "&external_id=e-1", 1},
		"inserted with an outer id": {"/api/card/insert", "&external_id=e-1", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dialecttest.Each(t, func(t *testing.T, h *dialecttest.Hub) {
				fresh, ids := 0, make(map[int64]bool)
				for i, m := range parallel(t, 20, h, tt.path, func(i int) string {
					return "create_if_not_exist=1&uid=700123&medium=APP" + tt.kind
				}) {
					if m.IsNew == 0 && m.Success != tt.again {
						t.Errorf("request %d: %+v", i, m)
					}
					if fresh += int(m.IsNew); m.Success == 1 {
						ids[m.ID] = true
					}
				}
				if fresh != 1 || len(ids) != 1 {
					t.Errorf("%d were told that it is new, of the ids %v; want one", fresh, ids)
				}
			})
		})
	}
}
