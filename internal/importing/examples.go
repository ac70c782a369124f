package importing

import (
	"embed"

	"orderhub"
)

//go:embed examples
var examples embed.FS

// Example is a small file of a kind as its sender may write it, CSV in UTF-8
// with commas and every column that the kind has by its plain name; nil for a
// kind that there is not. Its people and goods are invented.
func Example(kind orderhub.ImportKind) []byte {
	file, err := examples.ReadFile("examples/" + string(kind) + ".csv")
	if err != nil {
		return nil
	}
	return file
}
