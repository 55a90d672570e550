package localengine

import (
	"context"
	"time"
)

// Begun counts the records of an object that runs of a plan began to create today, as its
// limits count them.
func (e *Engine) Begun(ctx context.Context, planName, object string) (int, error) {
	if err := e.loadCounts(ctx); err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.counts["count/"+planName+"/"+object+"/"+e.cfg.Now().UTC().Format(time.DateOnly)]), nil
}
