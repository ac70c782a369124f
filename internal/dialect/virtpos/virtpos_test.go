package virtpos_test

import (
	"testing"

	"orderhub/internal/dialect/dialecttest"
)

func TestTranscripts(t *testing.T) { dialecttest.PlayAll(t, "testdata/*.http") }
