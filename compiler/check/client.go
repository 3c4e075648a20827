package check

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// checkScopes checks what scopes mean.
func (c *checker) checkScopes() {
	for i := range c.defs.Scopes {
		s := &c.defs.Scopes[i]
		switch name := s.Name.Value; {
		case strings.ContainsFunc(name, notInScope):
			s.Name.Errorf(&c.list, badScope, "scope %s holds a character that scopes may not hold", diag.Quote(name)).
				Hint = "use printable ASCII without white space, quotes and backslashes (RFC 6749, section 3.3)"
		case permission.IsProtocolScope(name) && s.Permission.Set():
			s.Permission.Errorf(&c.list, protocolScope, "scope %s belongs to the protocol and authorises nothing", diag.Quote(name)).
				Hint = "leave the permission out"
		case !s.Permission.Set():
			c.scope(s.Name, "give it a permission")
		}
		c.permission(s.Namespace, s.Permission)
	}
}

// notInScope reports whether r may not be in a scope; RFC 6749, section 3.3.
func notInScope(r rune) bool { return r <= ' ' || r == '"' || r == '\\' || r > '~' }

// scope reports a scope that is neither the protocol's nor a permission of its own.
func (c *checker) scope(t source.Text, hint string) {
	if !t.Set() || permission.IsProtocolScope(t.Value) {
		return
	}
	p, err := c.defs.Options.Grammar("").ParseScope(t.Value)
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), diag.Quote(t.Value)+" ")
		t.Errorf(&c.list, badScope, "scope %s is not declared and %s", diag.Quote(t.Value), reason).Hint = hint
		return
	}
	for _, f := range c.faults(&p) {
		d := t.Errorf(&c.list, f.code, "%s", f.message)
		d.Hint = f.hint
	}
}

// checkClients checks each OAuth client for itself.
func (c *checker) checkClients() {
	declared := newIndex(c.defs.Scopes, func(x *source.Scope) string { return x.Name.Value })
	for i := range c.defs.Clients {
		x := &c.defs.Clients[i]
		c.distinct(x.Grants)
		c.distinct(x.RedirectURIs)
		c.distinct(x.Scopes)
		c.distinct(x.Roles)
		for _, t := range x.Roles {
			if c.role(t) {
				c.held[t.Value] = true
			}
		}
		for _, t := range x.Scopes {
			if !declared.has(t.Value) {
				c.scope(t, declared.hint(t.Value))
			}
		}
		for _, t := range x.RedirectURIs {
			c.checkRedirect(t)
		}
		c.checkSecret(x)
		c.checkGrants(x)
	}
}

// hashes are the forms of password hashes that a client's secret may be kept in.
var hashes = regexp.MustCompile(`^(\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}|\$2[aby]\$[0-9]{2}\$[A-Za-z0-9./]{53})$`)

// checkSecret never repeats the secret.
func (c *checker) checkSecret(x *source.Client) {
	switch {
	case x.Public && x.SecretHash.Set():
		x.ID.Errorf(&c.list, badSecret, "client %s is public and has a secret_hash", diag.Quote(x.ID.Value)).
			Hint = "a public client cannot keep a secret: leave one of the two out"
	case !x.Public && !x.SecretHash.Set():
		x.ID.Errorf(&c.list, badSecret, "client %s is not public and has no secret_hash: it can never prove who it is", diag.Quote(x.ID.Value)).
			Hint = "add a secret_hash, or public: true"
	case x.SecretHash.Set() && !hashes.MatchString(x.SecretHash.Value):
		x.ID.Errorf(&c.list, badSecret, "the secret_hash of client %s is not an argon2id or bcrypt hash", diag.Quote(x.ID.Value)).
			Hint = "it reads $argon2id$v=19$m=…,t=…,p=…$salt$hash or $2b$…; never write the secret itself"
	}
}

// scripts are schemes that would run what is sent to them.
var scripts = []string{"javascript", "data", "vbscript", "file", "about", "blob"}

// checkRedirect reports what RFC 6749, section 3.1.2, forbids in a redirection endpoint.
func (c *checker) checkRedirect(t source.Text) {
	if !t.Set() {
		return
	}
	u, err := url.Parse(t.Value)
	problem := ""
	switch {
	case err != nil:
		problem = "is not a URI"
	case !u.IsAbs():
		problem = "is not absolute"
	case strings.Contains(t.Value, "#"):
		problem = "has a fragment"
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "":
		problem = "has no host"
	case u.User != nil:
		problem = "holds a user name"
	case strings.ContainsAny(t.Value, "*\\ "):
		problem = "is not literal"
	case slices.Contains(scripts, u.Scheme):
		problem = "has a scheme that answers must not be sent to"
	}
	if problem != "" {
		t.Errorf(&c.list, badRedirect, "redirect URI %s %s", diag.Quote(t.Value), problem).Hint = "write it as https://shop.example/callback"
	}
}

func (c *checker) checkGrants(x *source.Client) {
	for _, t := range x.Grants {
		switch {
		case t.Value == "authorization_code" && len(x.RedirectURIs) == 0:
			t.Errorf(&c.list, badGrants, "grant authorization_code needs redirect_uris")
		case t.Value == "client_credentials" && x.Public:
			t.Errorf(&c.list, badGrants, "a public client cannot use client_credentials").Hint = "RFC 6749, section 4.4"
		case t.Value == "refresh_token" && len(x.Grants) == 1:
			t.Errorf(&c.list, badGrants, "grant refresh_token needs another one that gives the first token")
		}
	}
}
