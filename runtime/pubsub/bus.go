package pubsub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"

	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/eventbus"
)

const (
	// quiet is after how long without a byte the far end is asked whether it is still there,
	// and patience how long it has to answer. The vendor speaks every 270 s at least, so a
	// healthy stream is never asked.
	quiet, patience = 6 * time.Minute, 30 * time.Second
	// maxAnswer bounds one answer in bytes: 100 events of 1 MB, and what is around them.
	maxAnswer = 128 << 20
)

// Access signs a stream in. It prints as "hidden" in every way of printing.
type Access struct {
	// Headers are sent with each call; they hold the token.
	Headers map[string]string
	// User is the id of whom the connection acts as, to tell our own writes; may be empty.
	User string
}

// String implements [fmt.Stringer] and tells nothing.
func (Access) String() string { return "hidden" }

// GoString implements [fmt.GoStringer] and tells nothing.
func (Access) GoString() string { return "pubsub.Access{hidden}" }

// LogValue implements [slog.LogValuer] and tells nothing.
func (Access) LogValue() slog.Value { return slog.StringValue("hidden") }

// Config is what a [Bus] needs. All but Dial are required.
type Config struct {
	// API is the vendor; its Events are not nil.
	API *catalog.API
	// Address is where the vendor's streams are, "https://api.pubsub.salesforce.com:7443";
	// plain http is for this machine.
	Address string
	// Dial opens connections, refusing addresses that may not be reached; nil is the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Access signs in; refused is what the vendor refused, nil for the first time. It may be
	// called by several goroutines.
	Access func(ctx context.Context, refused *Access) (Access, error)
	Now    func() time.Time
	Wait   func(ctx context.Context, d time.Duration) error
	// Jitter draws a number from 0 up to 1.
	Jitter func() float64
	Log    *slog.Logger
}

// Bus is one connection to a vendor's streams. Several goroutines may follow objects on it.
type Bus struct {
	cfg  Config
	conn *grpc.ClientConn

	mu    sync.Mutex
	nudge chan struct{} // closed when those that wait are to try
}

// Open returns a bus; nothing is dialled before something is followed. Close it when done.
func Open(cfg Config) (*Bus, error) {
	if cfg.API == nil || cfg.API.Events == nil {
		return nil, errors.New("open event bus: the API tells of no events")
	}
	u, err := url.Parse(cfg.Address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("open event bus: %q is not an address", cfg.Address)
	}
	options := []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.ForceCodec(eventbus.Codec{}), grpc.MaxCallRecvMsgSize(maxAnswer)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: quiet, Timeout: patience}),
		grpc.WithUserAgent("planwright"), grpc.WithDisableServiceConfig(), grpc.WithNoProxy(),
	}
	port := u.Port()
	if u.Scheme == "https" {
		options = append(options, grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()})))
	} else {
		if ip := net.ParseIP(u.Hostname()); (ip == nil || !ip.IsLoopback()) && u.Hostname() != "localhost" {
			return nil, errors.New("open event bus: plain http is for this machine only; use https")
		}
		options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
	}
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	if cfg.Dial != nil {
		options = append(options, grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return cfg.Dial(ctx, "tcp", address)
		}))
	}
	conn, err := grpc.NewClient("passthrough:///"+net.JoinHostPort(u.Hostname(), port), options...)
	if err != nil {
		return nil, fmt.Errorf("open event bus: %w", err)
	}
	return &Bus{cfg: cfg, conn: conn, nudge: make(chan struct{})}, nil
}

// Close ends what is still followed and closes the connection.
func (b *Bus) Close() error { return b.conn.Close() }

// sign returns a context that carries the access.
func sign(ctx context.Context, a Access) context.Context {
	return metadata.NewOutgoingContext(ctx, metadata.New(a.Headers))
}

// Hint is what events say: that these records may have changed.
type Hint struct {
	API, Object string
	// IDs are records that were made, changed or brought back; Gone those that were deleted.
	IDs, Gone []string
	// Own counts the events that tell of writes of ours. They are hints like any other: a
	// record may have changed again since.
	Own int
}

// ErrLater is what a [Sink] wraps when it could not take a hint now: the vendor did not
// answer. The hint comes again.
var ErrLater = errors.New("not now")

// Sink takes hints. Another error than [ErrLater] ends the following.
type Sink interface {
	// Hint reads the records and admits what qualifies, and stores place in the same commit.
	// A hint without ids only stores it.
	Hint(ctx context.Context, h Hint, place journal.Pair) error
	// Sweep finds everything that changed, as polling does from its own watermark.
	Sweep(ctx context.Context, api, object string) error
}
