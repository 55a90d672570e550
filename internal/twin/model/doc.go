// Package model is a scripted stand-in for language models, on the wire.
package model
