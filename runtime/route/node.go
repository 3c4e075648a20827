package route

import "github.com/lictor-dev/lictor/bundles/policy"

// node is where rules stand whose templates agree up to some segment.
type node struct {
	literals map[string]*node
	variable *node
	rules    map[string]*policy.Route // by method
}

// add enters a rule below n.
func (n *node) add(path []policy.Segment, rule *policy.Route) {
	if len(path) > 0 {
		n.child(path[0]).add(path[1:], rule)
		return
	}
	if n.rules == nil {
		n.rules = map[string]*policy.Route{}
	}
	for _, method := range rule.Methods {
		n.rules[method] = rule
	}
}

// child returns the node below n for a segment, made where there is none.
func (n *node) child(s policy.Segment) *node {
	if s.Variable {
		if n.variable == nil {
			n.variable = &node{}
		}
		return n.variable
	}
	next := n.literals[s.Text]
	if next == nil {
		if n.literals == nil {
			n.literals = map[string]*node{}
		}
		next = &node{}
		n.literals[s.Text] = next
	}
	return next
}

// find returns the rule for a method and path, for any method where that is empty.
func (n *node) find(p *Path, method string) *policy.Route {
	if p.trailing {
		return nil
	}
	return n.match(p, 0, method)
}

// match goes down by what is left of a path: a literal first, so that the rule that it finds is the most specific one.
func (n *node) match(p *Path, depth int, method string) *policy.Route {
	if depth == p.count {
		return n.rule(method)
	}
	if next := n.literals[p.segments[depth]]; next != nil {
		if rule := next.match(p, depth+1, method); rule != nil {
			return rule
		}
	}
	if n.variable != nil {
		return n.variable.match(p, depth+1, method)
	}
	return nil
}

func (n *node) rule(method string) *policy.Route {
	if method != "" {
		return n.rules[method]
	}
	for _, rule := range n.rules {
		return rule
	}
	return nil
}
