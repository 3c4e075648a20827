package source

import (
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// document is one definition file as written.
type document struct {
	format    Text
	namespace Text
	options   *options
	defs      Definitions // without options and routes
	routes    []route
}

type options struct {
	place     Text
	namespace Text
	fold      Text
	unmatched Text
}

// orgEntitlements are a subject's entitlements in one organisation.
type orgEntitlements struct {
	organisation Text
	items        []Assignment
}

// typedObjects are the known objects of one type.
type typedObjects struct {
	kind  Text
	items []Object
}

// holder wraps only the properties that a test gives a resource or an action.
type holder struct{ properties value.Value }

// definitionFile is the whole format: the one table that both the reader and the schema come from.
var definitionFile = sync.OnceValue(func() form[document] {
	return object[document]{name: "file", defines: true, keys: []key[document]{
		required("lictor", word("v1"), func(d *document) *Text { return &d.format }, "v1, the format of this file; every definition file starts with it"),
		member("namespace", filled, func(d *document) *Text { return &d.namespace }, "namespace of the permission strings in this file that name none; the project's if absent"),
		member("options", pointer(optionsForm()), func(d *document) **options { return &d.options }, "settings of the project, at most once in all its files"),
		member("resources", named(resourceForm(), func(x *Resource) *Text { return &x.Name }), func(d *document) *[]Resource { return &d.defs.Resources }, "resource types with their closed sets of actions"),
		member("roles", named(roleForm(), func(x *Role) *Text { return &x.Name }), func(d *document) *[]Role { return &d.defs.Roles }, "named sets of policies"),
		member("entitlements", named(entitlementForm(), func(x *Role) *Text { return &x.Name }), func(d *document) *[]Role { return &d.defs.Entitlements }, "roles that are assigned inside an organisation"),
		member("organisations", named(organisationForm(), func(x *Organisation) *Text { return &x.Code }), func(d *document) *[]Organisation { return &d.defs.Organisations }, "organisations by code"),
		member("subjects", named(subjectForm(), func(x *Subject) *Text { return &x.ID }), func(d *document) *[]Subject { return &d.defs.Subjects }, "stored subjects by id"),
		member("objects", objectsForm(), func(d *document) *[]Object { return &d.defs.Objects }, "known instances by resource type and id, with their properties"),
		member("scopes", named(scopeForm(), func(x *Scope) *Text { return &x.Name }), func(d *document) *[]Scope { return &d.defs.Scopes }, "what an OAuth scope means where it is not its own permission"),
		member("clients", named(clientForm(), func(x *Client) *Text { return &x.ID }), func(d *document) *[]Client { return &d.defs.Clients }, "OAuth clients by id"),
		member("routes", list(routeForm()), func(d *document) *[]route { return &d.routes }, "what routes of an HTTP interface ask for"),
		member("tests", list(testForm()), func(d *document) *[]Test { return &d.defs.Tests }, "expectations on the compiled policy"),
	}}.form()
})

func optionsForm() form[options] {
	return object[options]{name: "options", keys: []key[options]{
		member("namespace", filled, func(o *options) *Text { return &o.namespace }, `the project's namespace; "default" if absent`),
		member("case", word("sensitive", "insensitive"), func(o *options) *Text { return &o.fold }, "whether permission strings distinguish upper from lower case; sensitive if absent"),
		member("unmatched_routes", word("deny", "allow"), func(o *options) *Text { return &o.unmatched }, "what happens to a route without a rule; deny if absent"),
	}}.form().then(func(r *reader, n *yaml.Node, o *options) { o.place = Text{Pos: r.at(n)} })
}

func resourceForm() form[Resource] {
	return object[Resource]{name: "resource", keys: []key[Resource]{
		required("actions", list(filled), func(x *Resource) *[]Text { return &x.Actions }, "every action there is on this resource"),
		member("attributes", list(filled), func(x *Resource) *[]Text { return &x.Attributes }, "every attribute of this resource that permissions may name; any if absent"),
		member("description", plain, func(x *Resource) *Text { return &x.Description }, "for people"),
	}}.form()
}

// holderKeys are the keys that roles and entitlements share.
func holderKeys() []key[Role] {
	return []key[Role]{
		member("description", plain, func(x *Role) *Text { return &x.Description }, "for people"),
		member("includes", list(filled), func(x *Role) *[]Text { return &x.Includes }, "roles whose policies this one holds too"),
		member("permissions", list(filled), func(x *Role) *[]Text { return &x.Permissions }, "permissions allowed without conditions"),
		member("policies", list(policyForm()), func(x *Role) *[]Policy { return &x.Policies }, "policies in the long form"),
	}
}

func roleForm() form[Role] {
	birthright := object[Birthright]{name: "birthright", keys: []key[Birthright]{
		required("types", atLeastOne(filled), func(x *Birthright) *[]Text { return &x.Types }, "types of subjects"),
		member("known", flag, func(x *Birthright) *bool { return &x.Known }, "only subjects that are defined"),
	}}.form().then(func(r *reader, n *yaml.Node, x *Birthright) { x.Pos = r.at(n) })
	keys := append(holderKeys(),
		member("birthright", pointer(birthright), func(x *Role) **Birthright { return &x.Birthright }, "who holds the role without being assigned it"))
	return object[Role]{name: "role", keys: keys}.form()
}

func entitlementForm() form[Role] {
	keys := append(holderKeys(),
		member("requires", list(filled), func(x *Role) *[]Text { return &x.Requires }, "entitlements that a holder must also hold in the same organisation"),
		member("conflicts", list(filled), func(x *Role) *[]Text { return &x.Conflicts }, "entitlements that a holder must not hold in the same organisation"))
	return object[Role]{name: "entitlement", keys: keys}.form()
}

func policyForm() form[Policy] {
	return object[Policy]{name: "policy", start: func(x *Policy) { always(&x.Validity) }, keys: policyKeys()}.form()
}

func policyKeys() []key[Policy] {
	return []key[Policy]{
		required("permission", filled, func(x *Policy) *Text { return &x.Permission }, "what the policy is about"),
		required("decision", word("ALLOW", "DENY"), func(x *Policy) *Text { return &x.Decision }, "what it decides"),
		member("when", oneOrMore(filled), func(x *Policy) *[]Text { return &x.When }, "Rego expressions that must all be true"),
		member("when_any", oneOrMore(filled), func(x *Policy) *[]Text { return &x.WhenAny }, "Rego expressions of which one must be true"),
	}
}

func validityKeys[T any](at func(*T) *Validity) []key[T] {
	return []key[T]{
		member("valid_from", moment, func(x *T) *int64 { return &at(x).From }, "the first moment it counts, in RFC 3339"),
		member("valid_to", moment, func(x *T) *int64 { return &at(x).To }, "the first moment it counts no more, in RFC 3339"),
	}
}

func organisationKey[T any](at func(*T) *Validity) key[T] {
	return member("organisation", filled, func(x *T) *Text { return &at(x).Organisation }, "code of the only organisation it counts in")
}

func organisationForm() form[Organisation] {
	return object[Organisation]{name: "organisation", keys: []key[Organisation]{
		member("name", plain, func(x *Organisation) *Text { return &x.Name }, "for people"),
		member("type", plain, func(x *Organisation) *Text { return &x.Type }, "any word"),
		member("properties", properties, func(x *Organisation) *value.Value { return &x.Properties }, "anything"),
	}}.form()
}

func subjectForm() form[Subject] {
	role := assignmentForm("assigned_role", "role", organisationKey(func(x *Assignment) *Validity { return &x.Validity }))
	entitlement := assignmentForm("assigned_entitlement", "entitlement")
	inOrganisations := named(
		form[orgEntitlements]{list(entitlement).schema, func(r *reader, n *yaml.Node, into *orgEntitlements) {
			list(entitlement).read(r, n, &into.items)
		}},
		func(x *orgEntitlements) *Text { return &x.organisation })
	entitlements := form[[]Assignment]{inOrganisations.schema, func(r *reader, n *yaml.Node, into *[]Assignment) {
		var all []orgEntitlements
		inOrganisations.read(r, n, &all)
		for _, o := range all {
			for i := range o.items {
				o.items[i].Validity.Organisation = o.organisation
			}
			*into = append(*into, o.items...)
		}
	}}
	return object[Subject]{
		name:  "subject",
		start: func(x *Subject) { x.Active, x.Type = true, Text{Value: "user"} },
		keys: []key[Subject]{
			member("type", filled, func(x *Subject) *Text { return &x.Type }, "any word; user if absent"),
			member("properties", properties, func(x *Subject) *value.Value { return &x.Properties }, "for conditions, as subject.properties"),
			member("roles", list(role), func(x *Subject) *[]Assignment { return &x.Roles }, "assigned roles"),
			member("entitlements", entitlements, func(x *Subject) *[]Assignment { return &x.Entitlements }, "assigned entitlements by organisation"),
			member("permissions", list(filled), func(x *Subject) *[]Text { return &x.Permissions }, "direct permissions, allowed without conditions"),
			member("policies", list(directPolicyForm()), func(x *Subject) *[]Policy { return &x.Policies }, "direct policies in the long form"),
			member("active", flag, func(x *Subject) *bool { return &x.Active }, "false denies everything; true if absent"),
		},
	}.form().sound(func(r *reader, _ *yaml.Node, x *Subject) {
		r.checkRepeats("role", x.Roles)
		r.checkRepeats("entitlement", x.Entitlements)
	})
}

func directPolicyForm() form[Policy] {
	validity := func(x *Policy) *Validity { return &x.Validity }
	keys := append(policyKeys(), organisationKey(validity))
	return object[Policy]{
		name:  "direct_policy",
		start: func(x *Policy) { always(&x.Validity) },
		keys:  append(keys, validityKeys(validity)...),
	}.form().sound(func(r *reader, n *yaml.Node, x *Policy) { r.checkValidity(n, &x.Validity) })
}

// assignmentForm is a bare name or an object whose key of the given name holds it.
func assignmentForm(def, name string, more ...key[Assignment]) form[Assignment] {
	keys := []key[Assignment]{required(name, filled, func(x *Assignment) *Text { return &x.Name }, "what is assigned")}
	keys = append(keys, more...)
	keys = append(keys, validityKeys(func(x *Assignment) *Validity { return &x.Validity })...)
	long := object[Assignment]{name: def, start: func(x *Assignment) { always(&x.Validity) }, keys: keys}.form().
		sound(func(r *reader, n *yaml.Node, x *Assignment) { r.checkValidity(n, &x.Validity) })
	return nameOr(long, func(name Text, x *Assignment) {
		x.Name = name
		always(&x.Validity)
	})
}

func objectsForm() form[[]Object] {
	instance := form[Object]{properties.schema, func(r *reader, n *yaml.Node, into *Object) {
		properties.read(r, n, &into.Properties)
	}}
	instances := named(instance, func(x *Object) *Text { return &x.ID })
	types := named(
		form[typedObjects]{instances.schema, func(r *reader, n *yaml.Node, into *typedObjects) { instances.read(r, n, &into.items) }},
		func(x *typedObjects) *Text { return &x.kind })
	return form[[]Object]{types.schema, func(r *reader, n *yaml.Node, into *[]Object) {
		var all []typedObjects
		types.read(r, n, &all)
		for _, t := range all {
			for i := range t.items {
				t.items[i].Type = t.kind
			}
			*into = append(*into, t.items...)
		}
	}}
}

func scopeForm() form[Scope] {
	return object[Scope]{name: "scope", keys: []key[Scope]{
		member("permission", filled, func(x *Scope) *Text { return &x.Permission }, "what the scope authorises; what its name says if absent"),
		member("description", plain, func(x *Scope) *Text { return &x.Description }, "for the page that asks for consent"),
	}}.form()
}

func clientForm() form[Client] {
	return object[Client]{
		name: "client",
		start: func(x *Client) {
			x.AccessToken, x.AccessTokenTTL = Text{Value: "opaque"}, 3600
		},
		keys: []key[Client]{
			member("secret_hash", filled, func(x *Client) *Text { return &x.SecretHash }, "argon2id or bcrypt hash of the secret"),
			member("grants", list(word("authorization_code", "client_credentials", "refresh_token")), func(x *Client) *[]Text { return &x.Grants }, "OAuth grant types"),
			member("redirect_uris", list(filled), func(x *Client) *[]Text { return &x.RedirectURIs }, "absolute URIs without fragment"),
			member("scopes", list(filled), func(x *Client) *[]Text { return &x.Scopes }, "the scopes it may ask for, and what it gets when it names none"),
			member("access_token", word("opaque", "jwt"), func(x *Client) *Text { return &x.AccessToken }, "form of its access tokens; opaque if absent"),
			member("access_token_ttl", duration, func(x *Client) *int64 { return &x.AccessTokenTTL }, "life of its access tokens; 1h if absent"),
			member("public", flag, func(x *Client) *bool { return &x.Public }, "cannot keep a secret; false if absent"),
			member("roles", list(filled), func(x *Client) *[]Text { return &x.Roles }, "roles that it holds itself"),
		},
	}.form()
}

func routeForm() form[route] {
	var nested form[route]
	nested = object[route]{
		name:  "route",
		start: func(x *route) { x.inherit = true },
		keys: []key[route]{
			required("path", filled, func(x *route) *Text { return &x.path }, "template such as /newsletters/{id}, below the path of the route it is nested in"),
			member("methods", atLeastOne(filled), func(x *route) *[]Text { return &x.methods }, "HTTP methods; a route without any only hands down to the routes nested in it"),
			member("satisfy", word("either", "both"), func(x *route) *Text { return &x.satisfy }, "whether roles or permissions are enough; either if absent"),
			member("auth", word("authenticated", "anonymous"), func(x *route) *Text { return &x.auth }, "who may call at all; authenticated if absent"),
			member("roles", pointer(list(filled)), func(x *route) **[]Text { return &x.roles }, "hasrole(r), hasanyrole(a, b), hasallroles(a, b); all must hold"),
			member("permissions", pointer(list(filled)), func(x *route) **[]Text { return &x.permissions }, "ispermitted(p), ispermittedall(p | q); all must hold"),
			member("inherit", flag, func(x *route) *bool { return &x.inherit }, "false takes over nothing but the path; true if absent"),
			member("routes", list(later("route", &nested)), func(x *route) *[]route { return &x.routes }, "routes below this path"),
		},
	}.form().then(func(r *reader, n *yaml.Node, x *route) { x.pos = r.at(n) })
	return nested
}

func testForm() form[Test] {
	subject := nameOr(
		object[Test]{name: "test_subject", keys: []key[Test]{
			member("type", filled, func(x *Test) *Text { return &x.SubjectType }, "the stored subject's type, or user, if absent"),
			required("id", filled, func(x *Test) *Text { return &x.SubjectID }, "id of the subject"),
			member("properties", properties, func(x *Test) *value.Value { return &x.SubjectProperties }, "as a request would give them"),
		}}.form(),
		func(name Text, x *Test) { x.SubjectID = name })
	target := object[holder]{name: "test_properties", keys: []key[holder]{
		member("properties", properties, func(x *holder) *value.Value { return &x.properties }, "as a request would give them"),
	}}.form()
	only := func(at func(*Test) *value.Value) form[Test] {
		return form[Test]{target.schema, func(r *reader, n *yaml.Node, into *Test) {
			var h holder
			target.read(r, n, &h)
			*at(into) = h.properties
		}}
	}
	self := func(x *Test) *Test { return x }
	return object[Test]{name: "test", keys: []key[Test]{
		required("name", filled, func(x *Test) *Text { return &x.Name }, "what is expected, for people"),
		required("subject", subject, self, "who asks: an id, or type, id and properties"),
		member("organisation", filled, func(x *Test) *Text { return &x.Organisation }, "code of the organisation asked for"),
		required("permission", filled, func(x *Test) *Text { return &x.Permission }, "what is asked for"),
		member("resource", only(func(x *Test) *value.Value { return &x.ResourceProperties }), self, "the resource's properties"),
		member("action", only(func(x *Test) *value.Value { return &x.ActionProperties }), self, "the action's properties"),
		member("context", properties, func(x *Test) *value.Value { return &x.Context }, "the request's context"),
		member("now", pointer(instant), func(x *Test) **int64 { return &x.Now }, "time of the request, in RFC 3339 or seconds since 1970; the time of the run if absent"),
		required("expect", word("ALLOW", "DENY"), func(x *Test) *Text { return &x.Expect }, "the decision"),
		member("expect_reason", word(reasons()...), func(x *Test) *Text { return &x.ExpectReason }, "the decision's reason code"),
	}}.form()
}

// reasons returns the words for every reason code.
func reasons() []string {
	words := make([]string, decision.CodeCount)
	for i := range words {
		words[i] = decision.Code(i).String()
	}
	return words
}

// apply turns the words of the options into settings.
func (o *options) apply(to *Options) {
	if o.namespace.Set() {
		to.Namespace = o.namespace
	}
	if o.fold.Value == "insensitive" {
		to.Case = permission.Insensitive
	}
	if o.unmatched.Set() {
		to.UnmatchedRoutes = o.unmatched
	}
}
