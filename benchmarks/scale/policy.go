package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/lower"
	definition "github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
)

// source is a policy to be measured. All its policies are ALLOW without conditions, in roles that include no others, so
// that every engine can express it as its users would.
type source struct {
	name  string // in the names of benchmarks
	title string // for people
	model func(dir string) (*policy.Model, error)
}

// noon is the time that every question is asked at: 12:00 on 1 July 2026.
const noon = 1782907200

const cloudOptions = "lictor: v1\nnamespace: gcp\noptions: {namespace: gcp}\n"

// cloud is the policy of examples/cloud, with its 10,000 subjects.
func cloud(dir string) (*policy.Model, error) {
	folder := filepath.Join(dir, "definitions")
	if err := catalogue.Write(folder, catalogue.Standard); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "options.yaml"), []byte(cloudOptions), 0o600); err != nil {
		return nil, err
	}
	definitions, list := definition.Load(os.DirFS(folder))
	model, faults := lower.Lower(definitions)
	list.Add(faults...)
	if list.HasErrors() {
		return nil, fmt.Errorf("examples/cloud: %s", list[0].Message)
	}
	return model, nil
}

// How the made-up policy is built.
const (
	roles         = 100
	grantsPerRole = 100
	organisations = 50
)

// subjectsOf is a policy of 100 roles with 100 grants each. Every subject holds one role everywhere and another one in an
// organisation.
func subjectsOf(n int) func(string) (*policy.Model, error) {
	return func(string) (*policy.Model, error) {
		m := &policy.Model{Namespace: "default", Files: []string{"scale.yaml"}}
		for i := range organisations {
			m.Organisations = append(m.Organisations, policy.Organisation{Code: fmt.Sprintf("org-%03d", i)})
		}
		for i := range roles {
			if err := addRole(m, i); err != nil {
				return nil, err
			}
		}
		m.Number()
		for i := range n {
			inside := policy.Always
			inside.Organisation = policy.OrganisationIndex(i % organisations)
			m.Subjects = append(m.Subjects, policy.Subject{
				ID: fmt.Sprintf("subject-%07d@example.com", i), Type: "user",
				Assignments: []policy.Assignment{
					{Holder: policy.HolderIndex(i % roles), Validity: policy.Always},
					{Holder: policy.HolderIndex(i / roles % roles), Validity: inside},
				},
			})
		}
		return m, nil
	}
}

// addRole adds role i with its grants, which are yet to be numbered.
func addRole(m *policy.Model, i int) error {
	role := policy.Holder{Name: fmt.Sprintf("role-%03d", i), Closure: []policy.HolderIndex{policy.HolderIndex(i)}}
	for n := range grantsPerRole {
		granted, err := m.Grammar().Parse(fmt.Sprintf("resource-%02d:action-%03d", n%10, i*10+n/10))
		if err != nil {
			return err
		}
		m.Policies = append(m.Policies, policy.Policy{OwnerIndex: int32(i), Permission: granted, Validity: policy.Always})
	}
	m.Holders = append(m.Holders, role)
	return nil
}

// granted returns the permissions of a role, as they are written.
func granted(m *policy.Model, holder policy.HolderIndex) []string {
	all := make([]string, 0, len(m.Holders[holder].Policies))
	for _, id := range m.Holders[holder].Policies {
		all = append(all, m.Policy(id).Permission.String())
	}
	return all
}

// organisation returns the code of an organisation; empty for none.
func organisation(m *policy.Model, index policy.OrganisationIndex) string {
	if index == policy.NoOrganisation {
		return ""
	}
	return m.Organisations[index].Code
}
