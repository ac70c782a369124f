// Orderhub keeps the orders of shops in one store of record and speaks the
// order APIs that shops already use. This program is all there is to run: the
// server and the commands of its operator.
//
// Results go to the standard output, the log and complaints to the standard
// error. Every command but serve ends by itself and may run while the server
// runs. The exit code is 0, or 1 after a complaint.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"orderhub"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		complain(os.Stderr, err)
		os.Exit(1)
	}
}

// complain says what is wrong, a line for each error of ours. The operator,
// unlike a caller, sees the cause when the store cannot serve, and what no
// rule of ours foresaw.
func complain(w io.Writer, err error) {
	known := orderhub.All(err)
	if len(known) == 0 || orderhub.KindOf(err) == orderhub.Unavailable {
		// Some libraries lay their errors out over several lines.
		fmt.Fprintln(w, "orderhub:", strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	for _, e := range known {
		fmt.Fprintln(w, "orderhub:", e)
	}
}
