// Package loop is the planner with a model.
package loop
