// Package openaicompat reaches models over the OpenAI-compatible dialect.
package openaicompat
