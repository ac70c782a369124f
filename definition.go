package orderhub

import "time"

// A Definition is a name that a shop made for its own use: of an attribute, or
// the id of a consent that it asks its customers for.
type Definition struct {
	ID    int64 // ours, never changes
	Shop  ShopID
	Kind  DefinitionKind
	Name  string // unique within the shop and kind; at most MaxAttributeName characters
	Label string // what people call it; "" is as the name
	Given bool   // the shop has defined it; else its orders or customers were only seen with it
	At    time.Time
}

// A DefinitionKind is what a definition is for.
type DefinitionKind string

const (
	ConsentDefinition  DefinitionKind = "consent"
	CustomerDefinition DefinitionKind = "customer" // an attribute of customers
	ProductDefinition  DefinitionKind = "product"  // an attribute of the lines of orders
	OrderDefinition    DefinitionKind = "order"    // an attribute of orders
)

// Known reports whether the kind is one of those above.
func (k DefinitionKind) Known() bool {
	switch k {
	case ConsentDefinition, CustomerDefinition, ProductDefinition, OrderDefinition:
		return true
	}
	return false
}

// MaxDefinitions is how many definitions of a kind a shop can have. What is
// seen beyond is kept where it is, but not listed.
const MaxDefinitions = 1_000

// Validate reports what a definition may not hold.
func (d *Definition) Validate() error {
	var f Faults
	if d.Name == "" {
		f.Add(Absent("name"))
	}
	checkText("name", d.Name, MaxAttributeName, &f)
	checkText("label", d.Label, MaxName, &f)
	return f.Err()
}
