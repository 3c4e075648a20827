package bundles_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
)

// states lists the members of a report as "name status", by name.
func states(r *bundles.Report) []string {
	var all []string
	for _, m := range r.Members {
		all = append(all, fmt.Sprintf("%s %s", m.Name, m.Status))
	}
	return all
}

func TestVerifyReportsEveryMember(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	good, keys := write(t, d), keySet(t, d.Key)
	tests := []struct {
		name     string
		change   func([]entry) []entry
		want     []string
		manifest bool // it can be believed
	}{
		{
			"good", func(e []entry) []entry { return e },
			[]string{
				".manifest ok", ".signatures.json ok", "custom/deep/more.rego ok", "lictor/authz.rego ok",
				"lictor/data.json ok", "lictor/tables.bin ok",
			},
			true,
		},
		{
			"one changed, one missing, one extra",
			func(e []entry) []entry {
				return append(drop(set(e, bundles.TablesName, "x"), "lictor/authz.rego"), file("/custom/new.rego", "x"))
			},
			[]string{
				".manifest ok", ".signatures.json ok", "custom/deep/more.rego ok", "custom/new.rego extra",
				"lictor/authz.rego missing", "lictor/data.json ok", "lictor/tables.bin differs",
			},
			true,
		},
		{
			"the manifest changed", func(e []entry) []entry { return set(e, bundles.ManifestName, goodManifest) },
			[]string{
				".manifest differs", ".signatures.json ok", "custom/deep/more.rego ok", "lictor/authz.rego ok",
				"lictor/data.json ok", "lictor/tables.bin ok",
			},
			false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			raw := pack(t, tt.change(entries(t, good)), "")
			report, err := bundles.Verify(bytes.NewReader(raw), bundles.Options{Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, states(report)); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			if (report.Manifest != nil) != tt.manifest {
				t.Errorf("manifest: %+v", report.Manifest)
			}
			_, openErr := bundles.Open(bytes.NewReader(raw), bundles.Options{Keys: keys})
			if report.OK() != (openErr == nil) {
				t.Errorf("the report says %v, Open says %v", report.Err(), openErr)
			}
		})
	}
}

func TestVerifyBelievesNothingWithoutASignature(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	raw := write(t, d)
	for name, tt := range map[string]struct {
		keys *sign.KeySet
		raw  []byte
		want error
	}{
		"unknown key": {keySet(t, testKey(t, "k2")), raw, &sign.UnknownKeyError{ID: "k1"}},
		"unsigned":    {keySet(t, d.Key), write(t, newDraft()), bundles.ErrUnsigned},
	} {
		report, err := bundles.Verify(bytes.NewReader(tt.raw), bundles.Options{Keys: tt.keys})
		if err != nil {
			t.Fatal(err)
		}
		if report.OK() || report.Manifest != nil || report.SignatureErr == nil || report.SignatureErr.Error() != tt.want.Error() {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func TestVerifyChecksTheEpoch(t *testing.T) {
	t.Parallel()
	report, err := bundles.Verify(bytes.NewReader(write(t, newDraft())), bundles.Options{AllowUnsigned: true, HighestEpoch: 8})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := errors.AsType[*bundles.EpochError](report.Err()); !ok || report.Manifest == nil {
		t.Errorf("report: %+v", report)
	}
}

// brokenAfter fails when more than n bytes are read.
type brokenAfter struct {
	from io.Reader
	n    int
}

var errTooFar = errors.New("read too far")

func (b *brokenAfter) Read(p []byte) (int, error) {
	if b.n <= 0 {
		return 0, errTooFar
	}
	n, err := b.from.Read(p[:min(len(p), b.n)])
	b.n -= n
	return n, err
}

func TestPeekReadsTheHeadOnly(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	raw, keys := write(t, d), keySet(t, d.Key)
	m, err := bundles.Peek(&brokenAfter{bytes.NewReader(raw), len(raw) * 3 / 4}, bundles.Options{Keys: keys})
	if err != nil || m.Epoch != 7 {
		t.Fatal(m, err)
	}
	if _, err := bundles.Peek(bytes.NewReader(raw), bundles.Options{Keys: keySet(t, testKey(t, "k2"))}); err == nil {
		t.Error("a manifest signed by nobody known is believed")
	}
	changed := pack(t, set(entries(t, raw), bundles.ManifestName, goodManifest), "")
	if _, err := bundles.Peek(bytes.NewReader(changed), bundles.Options{Keys: keys}); err == nil {
		t.Error("a changed manifest is believed")
	}
	if _, err := bundles.Peek(bytes.NewReader(write(t, newDraft())), bundles.Options{Keys: keys}); !errors.Is(err, bundles.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
	if m, err := bundles.Peek(bytes.NewReader(write(t, newDraft())), bundles.Options{AllowUnsigned: true}); err != nil || m.Epoch != 7 {
		t.Errorf("unsigned and allowed: %v, %v", m, err)
	}
}
