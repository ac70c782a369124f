// Sizes lists the ten largest files and the ten longest functions below the
// working folder, tests apart, for a reviewer's eye: nothing fails here.
package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A size is a place in the source and how many lines it takes.
type size struct {
	lines int
	place string
}

func main() {
	files, functions, err := measure(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "sizes:", err)
		os.Exit(1)
	}
	fmt.Println("Files, in lines (400 is the aim):")
	show(files)
	fmt.Println("Functions, in lines (60 is the aim):")
	show(functions)
}

func measure(root string) (files, functions []size, err error) {
	set := token.NewFileSet()
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, size{set.File(f.Package).LineCount(), name})
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				from, to := set.Position(fn.Pos()), set.Position(fn.End())
				functions = append(functions, size{to.Line - from.Line + 1, fmt.Sprintf("%s:%d %s", name, from.Line, fn.Name.Name)})
			}
		}
		return nil
	})
	return files, functions, err
}

func show(sizes []size) {
	slices.SortStableFunc(sizes, func(a, b size) int { return cmp.Compare(b.lines, a.lines) })
	for _, s := range sizes[:min(10, len(sizes))] {
		fmt.Printf("%6d  %s\n", s.lines, s.place)
	}
}
