package ecdp_test

import (
	"testing"

	"orderhub/internal/dialect/dialecttest"
	"orderhub/internal/store/storetest"
)

func TestTranscripts(t *testing.T) {
	dialecttest.PlayAll(t, "testdata/*.http")
}

// What is read from events comes a moment later where other transactions of
// the server still run, so these are played where there is one writer.
func TestTranscriptsOfNames(t *testing.T) {
	dialecttest.PlayDir(t, func(t *testing.T) (string, map[string]string) {
		h := dialecttest.NewHub(t, storetest.Open(t))
		return h.Base, h.Vars
	}, "testdata/settled/*.http")
}
