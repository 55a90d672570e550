// Package eval grades planners, plans and matchers on cases.
package eval
