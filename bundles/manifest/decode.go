package manifest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
)

// Decode reads the text of a .manifest. Members of our own metadata that it does not know are
// ignored as long as the format is known. The error is a [*FormatError] for a newer format, else a
// [*Error].
func Decode(text []byte) (*Manifest, error) {
	_, v, err := value.Parse(nil, text)
	if err != nil {
		return nil, &Error{Reason: err.Error()}
	}
	if !IsCanonical(text) {
		return nil, &Error{Reason: "not in canonical form"}
	}
	r := &manifestReader{}
	m := r.manifest(v)
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

// manifestReader keeps the first error, so that the readers below need not.
type manifestReader struct{ err error }

func (r *manifestReader) fail(member, reason string) {
	if r.err == nil {
		r.err = &Error{Member: member, Reason: reason}
	}
}

func (r *manifestReader) manifest(v value.Value) *Manifest {
	own := v.Get("metadata").Get("lictor")
	if own.Kind() != value.Object {
		r.fail("metadata.lictor", "expected an object")
		return nil
	}
	r.format(own.Get("format"))
	r.frame(v)
	m := &Manifest{
		Format:      int(own.Get("format").Int()),
		Revision:    v.Get("revision").Text(),
		Epoch:       uint64(r.integer(own.Get("epoch"), "metadata.lictor.epoch")),
		Source:      r.digest(own.Get("source"), "metadata.lictor.source"),
		Compiler:    r.text(own.Get("compiler"), "metadata.lictor.compiler"),
		Entrypoints: r.texts(own.Get("entrypoints"), "metadata.lictor.entrypoints"),
		Agreement:   r.agreement(own.Get("agreement")),
		Subset:      r.subset(own.Get("subset")),
		Parts:       r.parts(own.Get("parts")),
	}
	if !CheckRevision(m.Revision) {
		r.fail("revision", "expected 1 to 128 of the characters A-Z a-z 0-9 . _ : + -")
	}
	return m
}

func (r *manifestReader) format(v value.Value) {
	got := r.integer(v, "metadata.lictor.format")
	switch {
	case got > Format:
		r.err = &FormatError{Got: got, Known: Format}
	case got < 1:
		r.fail("metadata.lictor.format", "expected a positive integer")
	}
}

// frame checks what OPA reads: any member beyond these would change what the bundle means to it.
func (r *manifestReader) frame(v value.Value) {
	for items := v.Items(); ; {
		name, _, ok := items.Next()
		if !ok {
			break
		}
		if !slices.Contains([]string{"metadata", "rego_version", "revision", "roots"}, name) {
			r.fail("", "unknown member "+quote(name))
		}
	}
	if v.Get("rego_version").Int() != 1 {
		r.fail("rego_version", "expected 1")
	}
	if !slices.Equal(r.texts(v.Get("roots"), "roots"), Roots()) {
		r.fail("roots", `expected ["lictor" "custom"]`)
	}
}

func (r *manifestReader) integer(v value.Value, member string) int64 {
	if v.Kind() != value.Integer || v.Int() < 0 {
		r.fail(member, "expected an integer from 0 to 2^53")
		return 0
	}
	return v.Int()
}

func (r *manifestReader) text(v value.Value, member string) string {
	if v.Kind() != value.String {
		r.fail(member, "expected a string")
	}
	return strings.Clone(v.Text())
}

func (r *manifestReader) texts(v value.Value, member string) []string {
	if v.Kind() != value.Array {
		r.fail(member, "expected a list of strings")
	}
	list := make([]string, 0, v.Len())
	for items := v.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			return list
		}
		list = append(list, r.text(item, member))
	}
}

func (r *manifestReader) digest(v value.Value, member string) Digest {
	d, ok := ParseDigest(v.Text())
	if !ok {
		r.fail(member, "expected a SHA-256 digest of 64 hexadecimal digits")
	}
	return d
}

func (r *manifestReader) agreement(v value.Value) Agreement {
	const at = "metadata.lictor.agreement"
	seed, err := strconv.ParseUint(v.Get("seed").Text(), 10, 64)
	if err != nil {
		r.fail(at+".seed", "expected a string of digits")
	}
	full := v.Get("full").Kind()
	if full != value.True && full != value.False {
		r.fail(at+".full", "expected true or false")
	}
	return Agreement{
		Requests: r.integer(v.Get("requests"), at+".requests"),
		Full:     full == value.True,
		Seed:     seed,
	}
}

// subset reads what only a part of a policy has.
func (r *manifestReader) subset(v value.Value) *Subset {
	if v.Kind() == value.Missing {
		return nil
	}
	const at = "metadata.lictor.subset"
	return &Subset{
		For:        r.text(v.Get("for"), at+".for"),
		Namespaces: r.texts(v.Get("namespaces"), at+".namespaces"),
		Types:      r.texts(v.Get("subject_types"), at+".subject_types"),
		Subjects:   r.integer(v.Get("subjects"), at+".subjects"),
	}
}

func (r *manifestReader) parts(v value.Value) []Part {
	const at = "metadata.lictor.parts"
	if v.Kind() != value.Object {
		r.fail(at, "expected an object")
	}
	parts := make([]Part, 0, v.Len())
	for items := v.Items(); ; {
		name, item, ok := items.Next()
		if !ok {
			break
		}
		reason := nameFault(name)
		if name == ManifestName || name == SignaturesName {
			reason = "it cannot announce itself"
		}
		if reason != "" {
			r.fail(at, "member "+quote(name)+": "+reason)
		}
		parts = append(parts, Part{
			Name:   strings.Clone(name),
			Size:   r.integer(item.Get("size"), at+".size"),
			Digest: r.digest(item.Get("sha256"), at+".sha256"),
		})
	}
	r.required(parts)
	return parts // in the order of their names, since the text is canonical
}

func (r *manifestReader) required(parts []Part) {
	for _, name := range []string{DataName, TablesName} {
		if !slices.ContainsFunc(parts, func(p Part) bool { return p.Name == name }) {
			r.fail("metadata.lictor.parts", "member "+quote(name)+" is not announced")
		}
	}
}
