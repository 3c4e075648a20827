package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
)

// Trust says which bundles a command believes, from its flags --verify-key and --allow-unsigned.
type Trust struct {
	Keys          []string // PEM files
	AllowUnsigned bool
}

// Register adds the flags.
func (t *Trust) Register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&t.Keys, "verify-key", nil, "PEM `file` of a public key, or [ID=]file; may be repeated while keys are rotated")
	flags.BoolVar(&t.AllowUnsigned, "allow-unsigned", false, "accept bundles without looking at signatures")
}

// Options returns how bundles are to be opened. Neither or both of the flags is misuse.
func (t *Trust) Options() (bundles.Options, error) {
	if (len(t.Keys) == 0) == !t.AllowUnsigned {
		return bundles.Options{}, &Failure{
			Status: Usage, Err: errors.New("exactly one of --verify-key and --allow-unsigned is needed"),
			Hint: "--verify-key accepts only bundles that were signed with that key",
		}
	}
	if t.AllowUnsigned {
		return bundles.Options{AllowUnsigned: true}, nil
	}
	keys, err := t.keys()
	return bundles.Options{Keys: keys}, err
}

func (t *Trust) keys() (*sign.KeySet, error) {
	var keys []sign.PublicKey
	for _, flag := range t.Keys {
		key, err := readPublicKey(flag)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return sign.NewKeySet(keys...)
}

// readPublicKey reads the key that FILE or ID=FILE names. A file whose own name holds "=" wins.
func readPublicKey(flag string) (sign.PublicKey, error) {
	id, path := "", flag
	text, err := os.ReadFile(path)
	if before, after, ok := cutID(flag); ok && errors.Is(err, os.ErrNotExist) {
		id, path = before, after
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return sign.PublicKey{}, Unreadable(err)
	}
	key, err := sign.ParsePublicKey(text, id)
	if err != nil {
		return sign.PublicKey{}, fmt.Errorf("key %q: %w", path, err)
	}
	return key, nil
}
