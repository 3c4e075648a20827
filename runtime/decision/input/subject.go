package input

import (
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// DecodeSubject reads the input of an entrypoint as [Decode] does, without what is asked for: for questions about what a
// subject holds. It ignores permission, permissions and attribute, and leaves dst.Permissions alone.
func DecodeSubject(dst *decision.Request, body value.Value) error {
	var m members
	if err := m.read(body); err != nil {
		return err
	}
	return m.decodeCircumstances(dst)
}

// decodeCircumstances reads everything but what is asked for.
func (m *members) decodeCircumstances(dst *decision.Request) error {
	if err := m.decodeCommon(dst); err != nil {
		return err
	}
	if err := decodeNow(dst, m.now); err != nil {
		return err
	}
	if err := object(m.token, "token"); err != nil {
		return err
	}
	dst.Token = m.token
	return nil
}
