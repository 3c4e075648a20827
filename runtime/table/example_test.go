package table_test

import (
	"fmt"
	"os"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// A host opens a bundle, here one that is not signed, and asks its tables.
func Example() {
	file, err := os.Open("testdata/format1/springfield.tar.gz")
	if err != nil {
		panic(err)
	}
	defer func() { _ = file.Close() }()
	bundle, err := bundles.Open(file, bundles.Options{AllowUnsigned: true})
	if err != nil {
		panic(err)
	}
	opened, err := tables.Open(bundle.Tables().Bytes())
	if err != nil {
		panic(err)
	}
	engine, err := table.New(opened)
	if err != nil {
		panic(err)
	}
	update, err := engine.Grammar().Parse("organisation:update:SNPP")
	if err != nil {
		panic(err)
	}
	d, err := engine.Decide(&decision.Request{
		Subject:      decision.Subject{Type: "user", ID: "homer.simpson@springfield.com"},
		Organisation: "SNPP",
		Permissions:  []permission.Permission{update},
		Now:          time.Now().Unix(),
	})
	fmt.Println(d.Allowed, d.Code, err)
	// Output: true allowed <nil>
}
