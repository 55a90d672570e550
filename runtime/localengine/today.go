package localengine

import "context"

// Begun counts the records of an object that runs of a plan began to create today, as its
// limits count them.
func (e *Engine) Begun(_ context.Context, planName, object string) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	t, err := e.tally(bucket(planName, object, e.cfg.Now()))
	if err != nil {
		return 0, err
	}
	return t.begun(), nil
}
