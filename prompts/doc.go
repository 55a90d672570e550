// Package prompts holds every text that is sent to a model, as templates.
package prompts
