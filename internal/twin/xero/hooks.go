package xero

// Hooks are an app's webhooks.
type Hooks struct{}
type hooks struct{}

func newHooks(Hooks, *house) *hooks { return &hooks{} }
