package bundles_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

func TestWasmIsBounded(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Parts[bundles.WasmName] = make([]byte, bundles.MaxWasm)
	b, err := bundles.Open(bytes.NewReader(write(t, d)), bundles.Options{AllowUnsigned: true, Keep: bundles.Serving})
	if err != nil {
		t.Fatal(err)
	}
	if m, found := b.Member(bundles.WasmName); !found || len(m.Bytes) != bundles.MaxWasm {
		t.Errorf("an edge keeps %d bytes, %v", len(m.Bytes), found)
	}
	d.Parts[bundles.WasmName] = make([]byte, bundles.MaxWasm+1)
	_, err = bundles.Open(bytes.NewReader(write(t, d)), bundles.Options{AllowUnsigned: true})
	if limit, ok := errors.AsType[*bundles.LimitError](err); !ok || limit.Name != bundles.WasmName || limit.Limit != bundles.MaxWasm {
		t.Errorf("%v", err)
	}
}
