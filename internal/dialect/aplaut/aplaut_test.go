package aplaut_test

import (
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

func TestTranscripts(t *testing.T) {
	dialecttest.PlayDir(t, dialecttest.Start, "testdata/*.http")
}
