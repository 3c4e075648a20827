package proxy

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/value"
)

// MaxConfig bounds the bytes of a configuration: room for a bundle that is part of it.
const MaxConfig = 64 << 20

// Config is what a proxy's operator says. The zero Config is of no use: [ParseConfig] makes one.
type Config struct {
	// Path of the bundle as the module sees it, or the bundle itself: exactly one of the two is set.
	Path   string
	Bundle []byte
	// Reload is how old the last look at Path may be, or the last attempt to take up a Bundle that could not be.
	Reload time.Duration

	Keys          *sign.KeySet // nil only where AllowUnsigned
	AllowUnsigned bool
	State         string // folder that remembers the highest epoch; empty for none
	LowestEpoch   uint64 // of bundles that are accepted

	// SubjectHeader is the request header that says who is authenticated. When empty, nobody ever is.
	SubjectHeader      string
	SubjectType        string
	OrganisationHeader string // empty: no organisation is asked for
	StripPrefix        string // what stands in front of the paths that route rules are about; empty for nothing
	Challenge          string // the WWW-Authenticate of a 401 (RFC 9110, section 11.6.1)
	Upstream           []Field
}

// The defaults of a configuration.
const (
	DefaultSubjectType = "user"
	DefaultChallenge   = "Bearer"
	DefaultReload      = 5 * time.Second
)

// MemberError says which member of a configuration cannot be used. It never holds the member's value.
type MemberError struct {
	Member string // empty: the text as a whole
	Reason string
}

func (e *MemberError) Error() string {
	if e.Member == "" {
		return "configuration: " + e.Reason
	}
	return fmt.Sprintf("configuration: %q: %s", capped(e.Member), e.Reason)
}

// ParseConfig reads a configuration: one JSON object with the members of README.md and no others. The error joins a
// [*MemberError] for each member that cannot be used, in the order of the text.
func ParseConfig(text []byte) (*Config, error) {
	if len(text) > MaxConfig {
		return nil, &MemberError{Reason: fmt.Sprintf("longer than %d bytes", MaxConfig)}
	}
	_, v, err := value.Parse(nil, text)
	if err != nil {
		return nil, &MemberError{Reason: err.Error()}
	}
	if v.Kind() != value.Object {
		return nil, &MemberError{Reason: "not an object"}
	}
	r := reader{Config: Config{SubjectType: DefaultSubjectType, Challenge: DefaultChallenge}}
	var faults []error
	for items := v.Items(); ; {
		name, member, more := items.Next()
		if !more {
			break
		}
		if reason := r.read(name, member); reason != "" {
			faults = append(faults, &MemberError{Member: name, Reason: reason})
		}
	}
	if len(faults) == 0 {
		faults = r.whole()
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return &r.Config, nil
}

// reader fills a Config member by member. Its methods return why a member cannot be used, or "".
type reader struct {
	Config
	keyID string
	keys  string // PEM
}

// members are what a configuration may hold.
var members = map[string]func(*reader, value.Value) string{
	"bundle":              func(r *reader, v value.Value) string { return text(v, &r.Path) },
	"bundle_base64":       (*reader).readBundle,
	"reload_seconds":      (*reader).readReload,
	"verify_key":          func(r *reader, v value.Value) string { return text(v, &r.keys) },
	"verify_key_id":       func(r *reader, v value.Value) string { return text(v, &r.keyID) },
	"allow_unsigned":      func(r *reader, v value.Value) string { return truth(v, &r.AllowUnsigned) },
	"state":               func(r *reader, v value.Value) string { return text(v, &r.State) },
	"lowest_epoch":        (*reader).readEpoch,
	"subject_header":      func(r *reader, v value.Value) string { return headerName(v, &r.SubjectHeader) },
	"subject_type":        func(r *reader, v value.Value) string { return text(v, &r.SubjectType) },
	"organisation_header": func(r *reader, v value.Value) string { return headerName(v, &r.OrganisationHeader) },
	"strip_prefix":        (*reader).readPrefix,
	"www_authenticate":    (*reader).readChallenge,
	"upstream_headers":    (*reader).readUpstream,
}

func (r *reader) read(name string, v value.Value) string {
	read, known := members[name]
	if !known {
		return "no such setting"
	}
	return read(r, v)
}

// whole checks what members say together.
func (r *reader) whole() []error {
	var faults []error
	fail := func(member, reason string) { faults = append(faults, &MemberError{member, reason}) }
	switch {
	case r.Path == "" && r.Bundle == nil:
		fail("bundle", "either this or bundle_base64 is needed")
	case r.Path != "" && r.Bundle != nil:
		fail("bundle_base64", "bundle is given already")
	case r.Bundle != nil && r.Reload != 0:
		fail("reload_seconds", "a bundle in the configuration is not read again")
	case r.Reload == 0:
		r.Reload = DefaultReload
	}
	switch {
	case r.keys == "" && !r.AllowUnsigned:
		fail("verify_key", "either this or allow_unsigned is needed")
	case r.keys != "" && r.AllowUnsigned:
		fail("allow_unsigned", "verify_key is given already")
	case r.keys == "" && r.keyID != "":
		fail("verify_key_id", "there is no verify_key")
	case r.keys != "":
		if err := r.readKeys(); err != nil {
			fail("verify_key", err.Error())
		}
	}
	if r.OrganisationHeader != "" && strings.EqualFold(r.OrganisationHeader, r.SubjectHeader) {
		fail("organisation_header", "this is the subject_header")
	}
	for _, f := range r.Upstream {
		if strings.EqualFold(f.Name, r.SubjectHeader) || strings.EqualFold(f.Name, r.OrganisationHeader) {
			fail("upstream_headers", fmt.Sprintf("%q is read, so it cannot be set", capped(f.Name)))
		}
	}
	return faults
}

// readKeys reads one or several keys, so that they can be rotated. Only a single one can have an id.
func (r *reader) readKeys() error {
	var keys []sign.PublicKey
	for rest := []byte(strings.TrimSpace(r.keys)); len(rest) > 0; {
		block, after := pem.Decode(rest)
		if block == nil {
			return &sign.KeyError{ID: r.keyID, Reason: "not PEM text"}
		}
		key, err := sign.ParsePublicKey(pem.EncodeToMemory(block), r.keyID)
		if err != nil {
			return err
		}
		keys, rest = append(keys, key), after
	}
	var err error
	r.Keys, err = sign.NewKeySet(keys...)
	return err
}

func (r *reader) readBundle(v value.Value) string {
	var encoded string
	if reason := text(v, &encoded); reason != "" {
		return reason
	}
	bundle, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(bundle) == 0 {
		return "not base64 of RFC 4648, section 4"
	}
	r.Bundle = bundle
	return ""
}

func (r *reader) readReload(v value.Value) string {
	const day = 24 * 60 * 60
	n, ok := whole(v)
	if !ok || n < 1 || n > day {
		return "expected a whole number of seconds, from 1 to 86400"
	}
	r.Reload = time.Duration(n) * time.Second
	return ""
}

func (r *reader) readEpoch(v value.Value) string {
	n, ok := whole(v)
	if !ok || n < 0 {
		return "expected a whole number, 0 or more"
	}
	r.LowestEpoch = uint64(n)
	return ""
}
