package source

import (
	"sync"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/source/form"
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
var definitionFile = sync.OnceValue(func() form.Form[document] {
	return form.Object[document]{Name: "file", Defines: true, Keys: []form.Key[document]{
		form.Required("lictor", form.Word("v1"), func(d *document) *Text { return &d.format }, "v1, the format of this file; every definition file starts with it"),
		form.Member("namespace", form.Filled, func(d *document) *Text { return &d.namespace }, "namespace of the permission strings in this file that name none; the project's if absent"),
		form.Member("options", form.Pointer(optionsForm()), func(d *document) **options { return &d.options }, "settings of the project, at most once in all its files"),
		form.Member("resources", form.Named(resourceForm(), func(x *Resource) *Text { return &x.Name }), func(d *document) *[]Resource { return &d.defs.Resources }, "resource types with their closed sets of actions"),
		form.Member("roles", form.Named(roleForm(), func(x *Role) *Text { return &x.Name }), func(d *document) *[]Role { return &d.defs.Roles }, "named sets of policies"),
		form.Member("entitlements", form.Named(entitlementForm(), func(x *Role) *Text { return &x.Name }), func(d *document) *[]Role { return &d.defs.Entitlements }, "roles that are assigned inside an organisation"),
		form.Member("organisations", form.Named(organisationForm(), func(x *Organisation) *Text { return &x.Code }), func(d *document) *[]Organisation { return &d.defs.Organisations }, "organisations by code"),
		form.Member("subjects", form.Named(subjectForm(), func(x *Subject) *Text { return &x.ID }), func(d *document) *[]Subject { return &d.defs.Subjects }, "stored subjects by id"),
		form.Member("objects", objectsForm(), func(d *document) *[]Object { return &d.defs.Objects }, "known instances by resource type and id, with their properties"),
		form.Member("scopes", form.Named(scopeForm(), func(x *Scope) *Text { return &x.Name }), func(d *document) *[]Scope { return &d.defs.Scopes }, "what an OAuth scope means where it is not its own permission"),
		form.Member("clients", form.Named(clientForm(), func(x *Client) *Text { return &x.ID }), func(d *document) *[]Client { return &d.defs.Clients }, "OAuth clients by id"),
		form.Member("routes", form.List(routeForm()), func(d *document) *[]route { return &d.routes }, "what routes of an HTTP interface ask for"),
		form.Member("tests", form.List(testForm()), func(d *document) *[]Test { return &d.defs.Tests }, "expectations on the compiled policy"),
	}}.Form()
})

func optionsForm() form.Form[options] {
	return form.Object[options]{Name: "options", Keys: []form.Key[options]{
		form.Member("namespace", form.Filled, func(o *options) *Text { return &o.namespace }, `the project's namespace; "default" if absent`),
		form.Member("case", form.Word("sensitive", "insensitive"), func(o *options) *Text { return &o.fold }, "whether permission strings distinguish upper from lower case; sensitive if absent"),
		form.Member("unmatched_routes", form.Word("deny", "allow"), func(o *options) *Text { return &o.unmatched }, "what happens to a route without a rule; deny if absent"),
	}}.Form().Then(func(r *form.Reader, n *yaml.Node, o *options) { o.place = Text{Pos: r.At(n)} })
}

func resourceForm() form.Form[Resource] {
	return form.Object[Resource]{Name: "resource", Keys: []form.Key[Resource]{
		form.Required("actions", form.List(form.Filled), func(x *Resource) *[]Text { return &x.Actions }, "every action there is on this resource"),
		form.Member("attributes", form.List(form.Filled), func(x *Resource) *[]Text { return &x.Attributes }, "every attribute of this resource that permissions may name; any if absent"),
		form.Member("description", form.Plain, func(x *Resource) *Text { return &x.Description }, "for people"),
	}}.Form()
}

// holderKeys are the keys that roles and entitlements share.
func holderKeys() []form.Key[Role] {
	return []form.Key[Role]{
		form.Member("description", form.Plain, func(x *Role) *Text { return &x.Description }, "for people"),
		form.Member("includes", form.List(form.Filled), func(x *Role) *[]Text { return &x.Includes }, "roles whose policies this one holds too"),
		form.Member("permissions", form.List(form.Filled), func(x *Role) *[]Text { return &x.Permissions }, "permissions allowed without conditions"),
		form.Member("policies", form.List(policyForm()), func(x *Role) *[]Policy { return &x.Policies }, "policies in the long form"),
	}
}

func roleForm() form.Form[Role] {
	birthright := form.Object[Birthright]{Name: "birthright", Keys: []form.Key[Birthright]{
		form.Required("types", form.AtLeastOne(form.Filled), func(x *Birthright) *[]Text { return &x.Types }, "types of subjects"),
		form.Member("known", form.Flag, func(x *Birthright) *bool { return &x.Known }, "only subjects that are defined"),
	}}.Form().Then(func(r *form.Reader, n *yaml.Node, x *Birthright) { x.Pos = r.At(n) })
	keys := append(holderKeys(),
		form.Member("birthright", form.Pointer(birthright), func(x *Role) **Birthright { return &x.Birthright }, "who holds the role without being assigned it"))
	return form.Object[Role]{Name: "role", Keys: keys}.Form()
}

func entitlementForm() form.Form[Role] {
	keys := append(holderKeys(),
		form.Member("requires", form.List(form.Filled), func(x *Role) *[]Text { return &x.Requires }, "entitlements that a holder must also hold in the same organisation"),
		form.Member("conflicts", form.List(form.Filled), func(x *Role) *[]Text { return &x.Conflicts }, "entitlements that a holder must not hold in the same organisation"))
	return form.Object[Role]{Name: "entitlement", Keys: keys}.Form()
}

func policyForm() form.Form[Policy] {
	return form.Object[Policy]{Name: "policy", Start: func(x *Policy) { always(&x.Validity) }, Keys: policyKeys()}.Form()
}

func policyKeys() []form.Key[Policy] {
	return []form.Key[Policy]{
		form.Required("permission", form.Filled, func(x *Policy) *Text { return &x.Permission }, "what the policy is about"),
		form.Required("decision", form.Word("ALLOW", "DENY"), func(x *Policy) *Text { return &x.Decision }, "ALLOW or DENY"),
		form.Member("when", form.OneOrMore(form.Filled), func(x *Policy) *[]Text { return &x.When }, "Rego expressions that must all be true"),
		form.Member("when_any", form.OneOrMore(form.Filled), func(x *Policy) *[]Text { return &x.WhenAny }, "Rego expressions of which one must be true"),
	}
}

func validityKeys[T any](at func(*T) *Validity) []form.Key[T] {
	return []form.Key[T]{
		form.Member("valid_from", form.Moment, func(x *T) *int64 { return &at(x).From }, "the first moment it counts, in RFC 3339"),
		form.Member("valid_to", form.Moment, func(x *T) *int64 { return &at(x).To }, "the first moment it counts no more, in RFC 3339"),
	}
}

func organisationKey[T any](at func(*T) *Validity) form.Key[T] {
	return form.Member("organisation", form.Filled, func(x *T) *Text { return &at(x).Organisation }, "code of the only organisation it counts in")
}

func organisationForm() form.Form[Organisation] {
	return form.Object[Organisation]{Name: "organisation", Keys: []form.Key[Organisation]{
		form.Member("name", form.Plain, func(x *Organisation) *Text { return &x.Name }, "for people"),
		form.Member("type", form.Plain, func(x *Organisation) *Text { return &x.Type }, "any word"),
		form.Member("properties", form.Properties, func(x *Organisation) *value.Value { return &x.Properties }, "anything"),
	}}.Form()
}

func subjectForm() form.Form[Subject] {
	role := assignmentForm("assigned_role", "role", organisationKey(func(x *Assignment) *Validity { return &x.Validity }))
	entitlement := assignmentForm("assigned_entitlement", "entitlement")
	inOrganisations := form.Named(
		form.Form[orgEntitlements]{Schema: form.List(entitlement).Schema, Read: func(r *form.Reader, n *yaml.Node, into *orgEntitlements) {
			form.List(entitlement).Read(r, n, &into.items)
		}},
		func(x *orgEntitlements) *Text { return &x.organisation })
	entitlements := form.Form[[]Assignment]{Schema: inOrganisations.Schema, Read: func(r *form.Reader, n *yaml.Node, into *[]Assignment) {
		var all []orgEntitlements
		inOrganisations.Read(r, n, &all)
		for _, o := range all {
			for i := range o.items {
				o.items[i].Validity.Organisation = o.organisation
			}
			*into = append(*into, o.items...)
		}
	}}
	return form.Object[Subject]{
		Name:  "subject",
		Start: func(x *Subject) { x.Active, x.Type = true, Text{Value: "user"} },
		Keys: []form.Key[Subject]{
			form.Member("type", form.Filled, func(x *Subject) *Text { return &x.Type }, "any word; user if absent"),
			form.Member("properties", form.Properties, func(x *Subject) *value.Value { return &x.Properties }, "for conditions, as subject.properties"),
			form.Member("roles", form.List(role), func(x *Subject) *[]Assignment { return &x.Roles }, "assigned roles"),
			form.Member("entitlements", entitlements, func(x *Subject) *[]Assignment { return &x.Entitlements }, "assigned entitlements by organisation"),
			form.Member("permissions", form.List(form.Filled), func(x *Subject) *[]Text { return &x.Permissions }, "direct permissions, allowed without conditions"),
			form.Member("policies", form.List(directPolicyForm()), func(x *Subject) *[]Policy { return &x.Policies }, "direct policies in the long form"),
			form.Member("active", form.Flag, func(x *Subject) *bool { return &x.Active }, "false denies everything; true if absent"),
		},
	}.Form().Sound(func(r *form.Reader, _ *yaml.Node, x *Subject) {
		checkRepeats(r, "role", x.Roles)
		checkRepeats(r, "entitlement", x.Entitlements)
	})
}

func directPolicyForm() form.Form[Policy] {
	validity := func(x *Policy) *Validity { return &x.Validity }
	keys := append(policyKeys(), organisationKey(validity))
	return form.Object[Policy]{
		Name:  "direct_policy",
		Start: func(x *Policy) { always(&x.Validity) },
		Keys:  append(keys, validityKeys(validity)...),
	}.Form().Sound(func(r *form.Reader, n *yaml.Node, x *Policy) { checkValidity(r, n, &x.Validity) })
}

// assignmentForm is a bare name or an object whose key of the given name holds it.
func assignmentForm(def, name string, more ...form.Key[Assignment]) form.Form[Assignment] {
	keys := []form.Key[Assignment]{form.Required(name, form.Filled, func(x *Assignment) *Text { return &x.Name }, "what is assigned")}
	keys = append(keys, more...)
	keys = append(keys, validityKeys(func(x *Assignment) *Validity { return &x.Validity })...)
	long := form.Object[Assignment]{Name: def, Start: func(x *Assignment) { always(&x.Validity) }, Keys: keys}.Form().
		Sound(func(r *form.Reader, n *yaml.Node, x *Assignment) { checkValidity(r, n, &x.Validity) })
	return form.NameOr(long, func(name Text, x *Assignment) {
		x.Name = name
		always(&x.Validity)
	})
}

func objectsForm() form.Form[[]Object] {
	instance := form.Form[Object]{Schema: form.Properties.Schema, Read: func(r *form.Reader, n *yaml.Node, into *Object) {
		form.Properties.Read(r, n, &into.Properties)
	}}
	instances := form.Named(instance, func(x *Object) *Text { return &x.ID })
	types := form.Named(
		form.Form[typedObjects]{Schema: instances.Schema, Read: func(r *form.Reader, n *yaml.Node, into *typedObjects) { instances.Read(r, n, &into.items) }},
		func(x *typedObjects) *Text { return &x.kind })
	return form.Form[[]Object]{Schema: types.Schema, Read: func(r *form.Reader, n *yaml.Node, into *[]Object) {
		var all []typedObjects
		types.Read(r, n, &all)
		for _, t := range all {
			for i := range t.items {
				t.items[i].Type = t.kind
			}
			*into = append(*into, t.items...)
		}
	}}
}

func scopeForm() form.Form[Scope] {
	return form.Object[Scope]{Name: "scope", Keys: []form.Key[Scope]{
		form.Member("permission", form.Filled, func(x *Scope) *Text { return &x.Permission }, "what the scope authorises; what its name says if absent"),
		form.Member("description", form.Plain, func(x *Scope) *Text { return &x.Description }, "for the page that asks for consent"),
	}}.Form()
}

func clientForm() form.Form[Client] {
	return form.Object[Client]{
		Name: "client",
		Start: func(x *Client) {
			x.AccessToken, x.AccessTokenTTL = Text{Value: "opaque"}, 3600
		},
		Keys: []form.Key[Client]{
			form.Member("secret_hash", form.Filled, func(x *Client) *Text { return &x.SecretHash }, "argon2id or bcrypt hash of the secret"),
			form.Member("grants", form.List(form.Word("authorization_code", "client_credentials", "refresh_token")), func(x *Client) *[]Text { return &x.Grants }, "OAuth grant types"),
			form.Member("redirect_uris", form.List(form.Filled), func(x *Client) *[]Text { return &x.RedirectURIs }, "absolute URIs without fragment"),
			form.Member("scopes", form.List(form.Filled), func(x *Client) *[]Text { return &x.Scopes }, "the scopes it may ask for, and what it gets when it names none"),
			form.Member("access_token", form.Word("opaque", "jwt"), func(x *Client) *Text { return &x.AccessToken }, "form of its access tokens; opaque if absent"),
			form.Member("access_token_ttl", form.Duration, func(x *Client) *int64 { return &x.AccessTokenTTL }, "life of its access tokens; 1h if absent"),
			form.Member("public", form.Flag, func(x *Client) *bool { return &x.Public }, "cannot keep a secret; false if absent"),
			form.Member("roles", form.List(form.Filled), func(x *Client) *[]Text { return &x.Roles }, "roles that it holds itself"),
		},
	}.Form()
}

func routeForm() form.Form[route] {
	var nested form.Form[route]
	nested = form.Object[route]{
		Name:  "route",
		Start: func(x *route) { x.inherit = true },
		Keys: []form.Key[route]{
			form.Required("path", form.Filled, func(x *route) *Text { return &x.path }, "template such as /newsletters/{id}, below the path of the route it is nested in"),
			form.Member("methods", form.AtLeastOne(form.Filled), func(x *route) *[]Text { return &x.methods }, "HTTP methods; a route without any only hands down to the routes nested in it"),
			form.Member("satisfy", form.Word("either", "both"), func(x *route) *Text { return &x.satisfy }, "whether roles or permissions are enough; either if absent"),
			form.Member("auth", form.Word("authenticated", "anonymous"), func(x *route) *Text { return &x.auth }, "who may call at all; authenticated if absent"),
			form.Member("roles", form.Pointer(form.List(form.Filled)), func(x *route) **[]Text { return &x.roles }, "hasrole(r), hasanyrole(a, b), hasallroles(a, b); all must hold"),
			form.Member("permissions", form.Pointer(form.List(form.Filled)), func(x *route) **[]Text { return &x.permissions }, "ispermitted(p), ispermittedall(p | q); all must hold"),
			form.Member("inherit", form.Flag, func(x *route) *bool { return &x.inherit }, "false takes over nothing but the path; true if absent"),
			form.Member("routes", form.List(form.Later("route", &nested)), func(x *route) *[]route { return &x.routes }, "routes below this path"),
		},
	}.Form().Then(func(r *form.Reader, n *yaml.Node, x *route) { x.pos = r.At(n) })
	return nested
}

func testForm() form.Form[Test] {
	subject := form.NameOr(
		form.Object[Test]{Name: "test_subject", Keys: []form.Key[Test]{
			form.Member("type", form.Filled, func(x *Test) *Text { return &x.SubjectType }, "the stored subject's type, or user, if absent"),
			form.Required("id", form.Filled, func(x *Test) *Text { return &x.SubjectID }, "id of the subject"),
			form.Member("properties", form.Properties, func(x *Test) *value.Value { return &x.SubjectProperties }, "as a request would give them"),
		}}.Form(),
		func(name Text, x *Test) { x.SubjectID = name })
	target := form.Object[holder]{Name: "test_properties", Keys: []form.Key[holder]{
		form.Member("properties", form.Properties, func(x *holder) *value.Value { return &x.properties }, "as a request would give them"),
	}}.Form()
	only := func(at func(*Test) *value.Value) form.Form[Test] {
		return form.Form[Test]{Schema: target.Schema, Read: func(r *form.Reader, n *yaml.Node, into *Test) {
			var h holder
			target.Read(r, n, &h)
			*at(into) = h.properties
		}}
	}
	self := func(x *Test) *Test { return x }
	return form.Object[Test]{Name: "test", Keys: []form.Key[Test]{
		form.Required("name", form.Filled, func(x *Test) *Text { return &x.Name }, "what is expected, for people"),
		form.Required("subject", subject, self, "who asks: an id, or type, id and properties"),
		form.Member("organisation", form.Filled, func(x *Test) *Text { return &x.Organisation }, "code of the organisation asked for"),
		form.Required("permission", form.Filled, func(x *Test) *Text { return &x.Permission }, "what is asked for"),
		form.Member("resource", only(func(x *Test) *value.Value { return &x.ResourceProperties }), self, "the resource's properties"),
		form.Member("action", only(func(x *Test) *value.Value { return &x.ActionProperties }), self, "the action's properties"),
		form.Member("context", form.Properties, func(x *Test) *value.Value { return &x.Context }, "the request's context"),
		form.Member("now", form.Pointer(form.Instant), func(x *Test) **int64 { return &x.Now }, "time of the request, in RFC 3339 or seconds since 1970; needed where the outcome depends on it"),
		form.Required("expect", form.Word("ALLOW", "DENY"), func(x *Test) *Text { return &x.Expect }, "the decision"),
		form.Member("expect_reason", form.Word(reasons()...), func(x *Test) *Text { return &x.ExpectReason }, "the decision's reason code"),
	}}.Form()
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

// Schema returns the JSON Schema (draft 2020-12) of one definition file, as JSON text. It is made from
// the same table that files are read by. It describes the shape of a file: keys, types, required keys
// and closed sets of words; what names refer to and what permission strings say is beyond it.
func Schema() []byte { return definitionFile().Schema.Document("Lictor definitions") }
