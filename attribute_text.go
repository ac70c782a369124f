package orderhub

// MarshalText prints the attributes as JSON does. As a text they pass through
// encoding/json unchanged, which spells some letters of nested JSON anew.
func (a Attributes) MarshalText() ([]byte, error) { return a.JSON(), nil }

// UnmarshalText reads what MarshalText printed.
func (a *Attributes) UnmarshalText(object []byte) (err error) {
	*a, err = ParseAttributes(object)
	return err
}
