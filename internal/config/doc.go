// Package config reads settings from flags, environment and a file.
package config
