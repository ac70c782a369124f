package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	sqlite "modernc.org/sqlite/lib"
)

type versionCommand struct{}

// Help is shown below the summary of the command.
func (versionCommand) Help() string {
	return `It prints the versions of the program, of Go and of the embedded SQLite.

    orderhub version`
}

// Run prints the version.
func (versionCommand) Run(s streams) error {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(s.out, "orderhub %s\n%s %s/%s\nSQLite %s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, sqlite.SQLITE_VERSION)
	return err
}
