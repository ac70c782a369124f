package main

import (
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	tests := []struct {
		name, in, want string
		wantErr        bool
	}{
		{
			name: "a quiet package",
			in: `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: said \"Action\":\"fail\"\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p"}
`,
			want: "ok  \tp\t0.1s\n1 passed, 0 failed\n",
		},
		{
			name: "a failing test is heard, its neighbour is not",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:7: fine\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"=== RUN   TestB\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    a_test.go:9: got 1, want 2\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
{"Action":"fail","Package":"p"}
`,
			want: "    a_test.go:9: got 1, want 2\nFAIL\tp\t0.1s\n1 passed, 1 failed\n",
		},
		{
			name: "a package that does not build counts as a failure",
			in: `{"ImportPath":"p","Action":"build-output","Output":"a.go:3:1: undefined: b\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}
{"Action":"pass","Package":"q","Test":"TestA"}
{"Action":"pass","Package":"q"}
`,
			want: "a.go:3:1: undefined: b\nFAIL\tp [build failed]\n1 passed, 1 failed\n",
		},
		{
			name: "a skipped test is named",
			in: `{"Action":"output","Package":"p","Test":"TestA","Output":"--- SKIP: TestA (0.00s)\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p"}
`,
			want: "--- SKIP: TestA (0.00s)\n1 passed, 0 failed, 1 skipped\n",
		},
		{
			name:    "no test at all is a failure",
			in:      `{"Action":"skip","Package":"p"}` + "\n",
			want:    "0 passed, 0 failed\n",
			wantErr: true,
		},
		{
			name:    "a complaint that is no event",
			in:      "go: cannot find main module\n",
			want:    "go: cannot find main module\n0 passed, 0 failed\n",
			wantErr: true,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			err := (&tally{out: &out, packages: map[string]*run{}}).read(strings.NewReader(tt.in))
			if (err != nil) != tt.wantErr {
				t.Errorf("read: error = %v, want error %v", err, tt.wantErr)
			}
			if out.String() != tt.want {
				t.Errorf("read shows %q, want %q", out.String(), tt.want)
			}
		})
	}
}
