// Package langchain reaches models over langchaingo: Anthropic and Ollama.
package langchain
