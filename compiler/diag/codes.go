package diag

import "slices"

// Code is one stable code with what it stands for.
type Code struct {
	Code  string // "E0203"; errors start with E, warnings with W
	Title string // lower case, no period
}

// codes are all the codes there are, in order. A code is never used again for something else.
var codes = []Code{
	{"E0001", "a file cannot be read"},
	{"E0002", "a file is not UTF-8"},
	{"E0003", "a file is not YAML"},
	{"E0004", "a file holds more than one document"},
	{"E0005", "a file is too large, nested too deeply, or its aliases stand for too much"},
	{"E0006", "YAML that JSON has no form for: tags, merge keys, keys that are not text"},
	{"E0007", "a key is repeated in one mapping"},
	{"E0008", "a value is neither clearly text nor a JSON value"},
	{"E0009", "a number is out of range"},
	{"E0101", "a key is not known"},
	{"E0102", "a key is missing"},
	{"E0103", "a value has the wrong type"},
	{"E0104", "a word is not one of those known here"},
	{"E0105", "a name or a text is empty or holds what it must not"},
	{"E0106", "a time is not written as RFC 3339 says"},
	{"E0107", "a time span holds no moment"},
	{"E0108", "a length of time is not written as one"},
	{"E0201", "a name is defined twice"},
	{"E0202", "options are set twice"},
	{"E0203", "a role is not defined"},
	{"E0204", "an entitlement is not defined"},
	{"E0205", "an organisation is not defined"},
	{"E0206", "an action is not one of the resource's"},
	{"E0207", "an attribute is not one of the resource's"},
	{"E0208", "roles include one another in a circle"},
	{"E0209", "an entitlement lacks one that it requires"},
	{"E0210", "two entitlements conflict"},
	{"E0211", "something is listed twice"},
	{"E0212", "an assignment is repeated"},
	{"E0213", "two names are the same when case does not count"},
	{"E0214", "an entitlement that nobody can hold: it contradicts itself"},
	{"E0301", "a permission string is malformed"},
	{"E0302", "a scope is malformed or not known"},
	{"E0303", "a scope of the protocol is given a permission"},
	{"E0401", "a client's secret does not fit"},
	{"E0402", "a redirect URI is not acceptable"},
	{"E0403", "a client's grants do not fit together"},
	{"E0501", "a path template is malformed"},
	{"E0502", "a route function is not known"},
	{"E0503", "a route rule is malformed"},
	{"E0504", "a path variable is not in the path, or not a value of its own"},
	{"E0505", "an anonymous route has rules"},
	{"E0506", "a route asks for both, and one list is missing"},
	{"E0507", "a route binds nothing"},
	{"E0508", "two routes bind the same method and path"},
	{"E0509", "an HTTP method is malformed"},
	{"E0601", "a condition is not a Rego expression"},
	{"E0602", "a condition uses a construct that is not portable"},
	{"E0603", "a condition uses a name that is not in scope"},
	{"E0604", "a condition or a module calls a function that is not portable"},
	{"E0605", "a condition calls a function with the wrong number of arguments"},
	{"E0606", "a condition uses a constant that cannot stand there"},
	{"E0607", "a condition can be neither true nor false"},
	{"E0608", "a Rego module of the project's own is malformed, in another package than custom, or refers to another one"},
	{"E0609", "a condition refers to a rule of the project's own that is not there or has no default"},
	{"E0701", "a test expects a decision and a reason that never come together"},
	{"E0702", "a test's outcome depends on the time, and it gives no now"},
	{"E0703", "a test is no request that an edge would take"},
	{"W0101", "a policy never decides anything: a broader one beside it, or in a role it includes, covers it"},
	{"W0102", "a permission is never allowed: a DENY beside it, or in a role it includes, hides it"},
	{"W0103", "a role that nobody can hold"},
	{"W0104", "a role or an entitlement without policies"},
	{"W0105", "an entitlement that nobody is given"},
	{"W0106", "a name used only once, and close to one used often"},
	{"W0107", "a test names something that is not defined"},
	{"W0108", "a test fails, so that no edge will take the bundle up"},
	{"W0601", "a condition compares what is lower-cased with what is not"},
}

// Codes returns every code with its title, in order.
func Codes() []Code { return slices.Clone(codes) }
