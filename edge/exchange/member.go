package exchange

import "github.com/lictor-dev/lictor/bundles/value"

// Text returns a required member that must be a non-empty string. The name is its path in the body,
// such as "subject.id".
func Text(v value.Value, name string) (string, error) {
	if v.Kind() == value.Missing {
		return "", Malformed("%s is missing", name)
	}
	if v.Kind() != value.String {
		return "", Malformed("%s is not a string", name)
	}
	if v.Text() == "" {
		return "", Malformed("%s is empty", name)
	}
	return v.Text(), nil
}

// OptionalText is [Text] for a member that may be missing, which then is "".
func OptionalText(v value.Value, name string) (string, error) {
	if v.Kind() == value.Missing {
		return "", nil
	}
	return Text(v, name)
}

// OptionalObject returns a member that may be missing and must be an object otherwise. null is not
// missing.
func OptionalObject(v value.Value, name string) (value.Value, error) {
	if k := v.Kind(); k != value.Missing && k != value.Object {
		return nil, Malformed("%s is not an object", name)
	}
	return v, nil
}

// OptionalBool returns a member that may be missing, which then is false.
func OptionalBool(v value.Value, name string) (bool, error) {
	switch v.Kind() {
	case value.Missing, value.False:
		return false, nil
	case value.True:
		return true, nil
	default:
		return false, Malformed("%s is not true or false", name)
	}
}

// Organisation returns the code of the organisation a question asks for: the top-level member or the
// one in the context, which must agree when both are there. None is "".
func Organisation(top, context value.Value) (string, error) {
	code, err := OptionalText(top, "organisation")
	if err != nil {
		return "", err
	}
	inner, err := OptionalText(context.Get("organisation"), "context.organisation")
	if err != nil {
		return "", err
	}
	switch {
	case inner == "" || inner == code:
		return code, nil
	case code == "":
		return inner, nil
	default:
		return "", Malformed("organisation contradicts context.organisation")
	}
}
