package query

import (
	"fmt"
	"slices"
	"strings"

	"orderhub"
	"orderhub/internal/store/form"
)

// A Where gathers conditions and their arguments.
type Where struct {
	Args       []any
	conditions []string
}

func (w *Where) clone() *Where {
	return &Where{slices.Clone(w.Args), slices.Clone(w.conditions)}
}

// Arg keeps an argument and returns its place.
func (w *Where) Arg(value any) string {
	w.Args = append(w.Args, value)
	return fmt.Sprintf("$%d", len(w.Args))
}

// And adds a condition.
func (w *Where) And(condition string) { w.conditions = append(w.conditions, condition) }

// String spells the conditions, joined by "and".
func (w *Where) String() string { return strings.Join(w.conditions, " and ") }

var operators = map[orderhub.TimeOp]string{
	orderhub.Equal: "=", orderhub.NotEqual: "<>", orderhub.Before: "<", orderhub.BeforeOrAt: "<=",
	orderhub.After: ">", orderhub.AfterOrAt: ">=",
}

// In lets a column hold one of the values, any when there are none.
func In[V any](w *Where, column string, values []V, arg func(V) any) {
	if len(values) == 0 {
		return
	}
	places := make([]string, len(values))
	for i, v := range values {
		places[i] = w.Arg(arg(v))
	}
	w.And(column + " in (" + strings.Join(places, ", ") + ")")
}

// Times bounds a column of times.
func (w *Where) Times(column string, bounds []orderhub.TimeBound) {
	for _, b := range bounds {
		w.And(column + " " + operators[b.Op] + " " + w.Arg(form.Micros(b.At)))
	}
}
