package bundles

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnsigned says that a bundle has no signature and keys were given to check one.
var ErrUnsigned = errors.New("the bundle is not signed")

// ErrNoVerification says that neither keys were given nor unsigned bundles allowed, or both.
var ErrNoVerification = errors.New("either verification keys or the permission to open unsigned bundles is needed, not both")

// ErrTruncated says that a bundle ends too early.
var ErrTruncated = errors.New("the bundle is truncated")

// ErrTrailing says that something follows the end of the archive.
var ErrTrailing = errors.New("something follows the end of the bundle")

// ArchiveError says that a source is not a gzip of a tar archive, or a damaged one.
type ArchiveError struct {
	Err error
}

func (e *ArchiveError) Error() string { return "not a bundle, or a damaged one: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *ArchiveError) Unwrap() error { return e.Err }

// KindError says that a member is a link, a folder, a device or another kind that is not a plain file.
type KindError struct {
	Name string
	Kind byte // the tar type flag
}

func (e *KindError) Error() string {
	return fmt.Sprintf("member %s: expected a plain file, found tar type %q", quote(e.Name), e.Kind)
}

// RepeatedError says that a member occurs twice.
type RepeatedError struct {
	Name string
}

func (e *RepeatedError) Error() string {
	return fmt.Sprintf("member %s: it occurs twice", quote(e.Name))
}

// LimitError says that a bundle exceeds one of the [Limits].
type LimitError struct {
	What  string // "compressed bytes", "bytes", "members", "bytes of a member"
	Name  string // the member, where it is about one
	Limit int64
}

func (e *LimitError) Error() string {
	if e.Name != "" {
		return fmt.Sprintf("member %s: more than %d %s", quote(e.Name), e.Limit, e.What)
	}
	return fmt.Sprintf("more than %d %s", e.Limit, e.What)
}

// EpochError says that a bundle is older than one that has already run.
type EpochError struct {
	Got     uint64
	Highest uint64 // the highest epoch that has run
}

func (e *EpochError) Error() string {
	return fmt.Sprintf("epoch %d is lower than %d, which has already run", e.Got, e.Highest)
}

// Status is the state of one member.
type Status string

// The states.
const (
	StatusOK      Status = "ok"
	StatusMissing Status = "missing" // announced and not there
	StatusExtra   Status = "extra"   // there and not announced
	StatusDiffers Status = "differs" // the content is not what was announced
)

// Fault is what one member fails.
type Fault struct {
	Name   string `json:"name"`
	Status Status `json:"status"`
	By     string `json:"by"` // "signature" or "manifest": which of them disagrees
	Want   string `json:"want,omitempty"`
	Got    string `json:"got,omitempty"`
}

func (f Fault) String() string {
	switch f.Status {
	case StatusMissing:
		return fmt.Sprintf("member %s: the %s names it, the bundle does not hold it", quote(f.Name), f.By)
	case StatusExtra:
		return fmt.Sprintf("member %s: the %s does not name it", quote(f.Name), f.By)
	case StatusDiffers:
		return fmt.Sprintf("member %s: it is not what the %s names: expected %s, found %s", quote(f.Name), f.By, quote(f.Want), f.Got)
	default:
		return fmt.Sprintf("member %s: ok", quote(f.Name))
	}
}

// MembersError says which members are not what the signature or the manifest announces. It holds at
// least one fault.
type MembersError struct {
	Faults []Fault
}

func (e *MembersError) Error() string {
	texts := make([]string, 0, maxListed)
	for _, fault := range e.Faults[:min(len(e.Faults), maxListed)] {
		texts = append(texts, fault.String())
	}
	if more := len(e.Faults) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, "; ")
}

const (
	maxListed = 3  // faults in one message
	maxQuoted = 80 // bytes of foreign text in a message
)

func quote(s string) string {
	if len(s) > maxQuoted {
		return fmt.Sprintf("%q…", s[:maxQuoted])
	}
	return fmt.Sprintf("%q", s)
}
