// Package eventbus describes the Pub/Sub API's protocol, the service eventbus.v1.PubSub, in
// our own words: its methods, and its messages as tables of field numbers.
//
// The numbers are those of the vendor's pubsub_api.proto. Each message lists its fields once,
// and one encoder and one decoder serve them all ([Codec]), which is less than generated code
// would be, and needs no compiler of protocols. Fields that are not in a table are skipped, as
// the format demands, so a newer server does no harm.
package eventbus

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// The methods that are used.
const (
	Service   = "eventbus.v1.PubSub"
	Subscribe = "/" + Service + "/Subscribe" // both sides stream: FetchRequest, FetchResponse
	GetSchema = "/" + Service + "/GetSchema" // SchemaRequest, SchemaInfo
	GetTopic  = "/" + Service + "/GetTopic"  // TopicRequest, TopicInfo
)

// Preset says where a subscription begins.
type Preset int32

// Where a subscription begins. The zero value is what a server takes when nothing is said.
const (
	Latest   Preset = 0 // with what comes from now on
	Earliest Preset = 1 // with the oldest event that is kept
	Custom   Preset = 2 // after the event of the replay id
)

// FetchRequest asks for more events. Topic, Preset and ReplayID count in the first of a
// stream only.
type FetchRequest struct {
	Topic       string
	Preset      Preset
	ReplayID    []byte
	Requested   int32
	AuthRefresh string
}

func (m *FetchRequest) fields() table {
	return table{1: &m.Topic, 2: (*int32)(&m.Preset), 3: &m.ReplayID, 4: &m.Requested, 5: &m.AuthRefresh}
}

// FetchResponse brings events, or none to say that the stream lives.
type FetchResponse struct {
	Events []ConsumerEvent
	// Latest is the replay id of the newest event there is.
	Latest []byte
	RPCID  string
	// Pending is how many of the requested events are still owed.
	Pending int32
}

func (m *FetchResponse) fields() table {
	return table{1: &m.Events, 2: &m.Latest, 3: &m.RPCID, 4: &m.Pending}
}

// ConsumerEvent is an event with its place in the stream.
type ConsumerEvent struct {
	Event    ProducerEvent
	ReplayID []byte
}

func (m *ConsumerEvent) fields() table { return table{1: &m.Event, 2: &m.ReplayID} }

// ProducerEvent is an event: its payload is Avro under the schema that it names.
type ProducerEvent struct {
	ID, SchemaID string
	Payload      []byte
}

func (m *ProducerEvent) fields() table { return table{1: &m.ID, 2: &m.SchemaID, 3: &m.Payload} }

// SchemaRequest asks for a schema.
type SchemaRequest struct{ SchemaID string }

func (m *SchemaRequest) fields() table { return table{1: &m.SchemaID} }

// SchemaInfo is a schema as Avro's JSON.
type SchemaInfo struct{ JSON, SchemaID, RPCID string }

func (m *SchemaInfo) fields() table { return table{1: &m.JSON, 2: &m.SchemaID, 3: &m.RPCID} }

// TopicRequest asks about a topic.
type TopicRequest struct{ Topic string }

func (m *TopicRequest) fields() table { return table{1: &m.Topic} }

// TopicInfo is what may be done with a topic.
type TopicInfo struct {
	Topic, Tenant            string
	CanPublish, CanSubscribe bool
	SchemaID, RPCID          string
}

func (m *TopicInfo) fields() table {
	return table{1: &m.Topic, 2: &m.Tenant, 3: &m.CanPublish, 4: &m.CanSubscribe, 5: &m.SchemaID, 6: &m.RPCID}
}

// table says where each field of a message lies, by number.
type table map[protowire.Number]any

// message is one of those above.
type message interface{ fields() table }

// Codec writes and reads the messages; it is a codec of gRPC's.
type Codec struct{}

// Name implements the codec: the content type is the protocol's own.
func (Codec) Name() string { return "proto" }

// Marshal implements the codec for pointers to the messages of this package.
func (Codec) Marshal(v any) ([]byte, error) {
	m, ok := v.(message)
	if !ok {
		return nil, fmt.Errorf("eventbus: %T is no message", v)
	}
	return encode(nil, m.fields()), nil
}

// Unmarshal implements the codec. The message must be empty.
func (Codec) Unmarshal(data []byte, v any) error {
	m, ok := v.(message)
	if !ok {
		return fmt.Errorf("eventbus: %T is no message", v)
	}
	return decode(data, m.fields())
}

// encode leaves out what has its zero value, as the format does.
func encode(b []byte, t table) []byte {
	for n := protowire.Number(1); int(n) <= len(t); n++ {
		switch f := t[n].(type) {
		case *string:
			if *f != "" {
				b = protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), *f)
			}
		case *[]byte:
			if len(*f) > 0 {
				b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), *f)
			}
		case *int32:
			if *f != 0 {
				b = protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), uint64(int64(*f)))
			}
		case *bool:
			if *f {
				b = protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), 1)
			}
		case *[]ConsumerEvent:
			for i := range *f {
				b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), encode(nil, (*f)[i].fields()))
			}
		case message:
			b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), encode(nil, f.fields()))
		}
	}
	return b
}

func decode(b []byte, t table) error {
	for len(b) > 0 {
		n, kind, size := protowire.ConsumeTag(b)
		if size < 0 {
			return fmt.Errorf("eventbus: %w", protowire.ParseError(size))
		}
		b = b[size:]
		size, err := field(n, kind, b, t[n])
		if err != nil {
			return err
		}
		b = b[size:]
	}
	return nil
}

// field reads one field into its place, or skips it, and returns its length.
func field(n protowire.Number, kind protowire.Type, b []byte, into any) (int, error) {
	var size int
	var err error
	switch kind {
	case protowire.VarintType:
		var v uint64
		if v, size = protowire.ConsumeVarint(b); size >= 0 {
			setNumber(into, v)
		}
	case protowire.BytesType:
		var v []byte
		if v, size = protowire.ConsumeBytes(b); size >= 0 {
			err = setBytes(into, v)
		}
	default:
		size = protowire.ConsumeFieldValue(n, kind, b)
	}
	if size < 0 {
		return 0, fmt.Errorf("eventbus: field %d: %w", n, protowire.ParseError(size))
	}
	return size, err
}

func setNumber(into any, v uint64) {
	switch f := into.(type) {
	case *int32:
		*f = int32(v) //nolint:gosec // the format cuts a long number off the same way
	case *bool:
		*f = v != 0
	}
}

func setBytes(into any, v []byte) error {
	switch f := into.(type) {
	case *string:
		*f = string(v)
	case *[]byte:
		*f = append([]byte(nil), v...)
	case *[]ConsumerEvent:
		var e ConsumerEvent
		if err := decode(v, e.fields()); err != nil {
			return err
		}
		*f = append(*f, e)
	case message:
		return decode(v, f.fields())
	}
	return nil
}
