package bundles

import (
	"errors"
	"io"

	"github.com/lictor-dev/lictor/bundles/sign"
)

// Report is what [Verify] found, member by member.
type Report struct {
	Signature    *sign.Statement // nil without keys, and when SignatureErr is not
	SignatureErr error           // why the signature cannot be believed, [ErrUnsigned] included
	Manifest     *Manifest       // nil when it is missing, damaged or not as signed
	ManifestErr  error           // why there is no manifest, or the [*EpochError]
	Members      []Checked       // every member that is there or announced, sorted by name
}

// Checked is one member of a report.
type Checked struct {
	Name   string
	Size   int64 // bytes; 0 when missing
	Digest Digest
	// Status is [StatusOK] only when whatever could be believed agrees with the member: see Report.OK for
	// the whole bundle.
	Status Status
	Faults []Fault
}

// OK reports whether [Open] would accept the bundle.
func (r *Report) OK() bool { return r.Err() == nil }

// Err returns what is wrong, nil when nothing is.
func (r *Report) Err() error {
	var faults []Fault
	for _, m := range r.Members {
		faults = append(faults, m.Faults...)
	}
	var members error
	if len(faults) > 0 {
		members = &MembersError{Faults: faults}
	}
	return errors.Join(r.SignatureErr, r.ManifestErr, members)
}

// Verify does the checks of [Open] and reports on every member instead of stopping at the first fault. The
// error says why there is nothing to report on: an archive that is damaged, beyond the limits, or holds what
// no bundle may hold.
func Verify(r io.Reader, options Options) (*Report, error) {
	if (options.Keys == nil) == !options.AllowUnsigned {
		return nil, ErrNoVerification
	}
	options.Keep = func(string) bool { return false }
	b, err := scan(r, options)
	if err != nil {
		return nil, err
	}
	report := &Report{}
	faults := report.checkSignature(b, options.Keys)
	faults = append(faults, report.checkManifest(b, options.HighestEpoch, faults)...)
	report.list(b, faults)
	return report, nil
}

func (r *Report) checkSignature(b *Bundle, keys *sign.KeySet) []Fault {
	statement, err := checkSignature(b, keys)
	if members, ok := errors.AsType[*MembersError](err); ok {
		return members.Faults
	}
	r.Signature, r.SignatureErr = statement, err
	return nil
}

// checkManifest decodes the manifest only if it can be believed: the signature is good and covers it.
func (r *Report) checkManifest(b *Bundle, highest uint64, signed []Fault) []Fault {
	if r.SignatureErr != nil {
		return nil
	}
	for _, fault := range signed {
		if fault.Name == ManifestName {
			return nil
		}
	}
	err := b.readManifest()
	members, differ := errors.AsType[*MembersError](err)
	if err != nil && !differ {
		r.ManifestErr = err
		return nil
	}
	if b.Manifest.Format != 0 {
		r.Manifest = &b.Manifest
		if b.Manifest.Epoch < highest {
			r.ManifestErr = &EpochError{Got: b.Manifest.Epoch, Highest: highest}
		}
	}
	if differ {
		return members.Faults
	}
	return nil
}

func (r *Report) list(b *Bundle, faults []Fault) {
	byName := map[string]*Checked{}
	for _, m := range b.members {
		byName[m.Name] = &Checked{Name: m.Name, Size: m.Size, Digest: m.Digest, Status: StatusOK}
	}
	for _, fault := range faults {
		if byName[fault.Name] == nil {
			byName[fault.Name] = &Checked{Name: fault.Name}
		}
		m := byName[fault.Name]
		m.Status = fault.Status
		m.Faults = append(m.Faults, fault)
	}
	for _, name := range sortedKeys(byName) {
		r.Members = append(r.Members, *byName[name])
	}
}
