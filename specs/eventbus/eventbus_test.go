package eventbus_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/planwright/planwright/specs/eventbus"
)

// published is the part of the vendor's pubsub_api.proto that is used, as a descriptor.
const published = `{
	"name": "pubsub_api.proto", "package": "eventbus.v1", "syntax": "proto3",
	"enumType": [{"name": "ReplayPreset", "value": [{"name": "LATEST", "number": 0}, {"name": "EARLIEST", "number": 1}, {"name": "CUSTOM", "number": 2}]}],
	"messageType": [
		{"name": "FetchRequest", "field": [
			{"name": "topic_name", "number": 1, "type": "TYPE_STRING"},
			{"name": "replay_preset", "number": 2, "type": "TYPE_ENUM", "typeName": ".eventbus.v1.ReplayPreset"},
			{"name": "replay_id", "number": 3, "type": "TYPE_BYTES"},
			{"name": "num_requested", "number": 4, "type": "TYPE_INT32"},
			{"name": "auth_refresh", "number": 5, "type": "TYPE_STRING"}]},
		{"name": "FetchResponse", "field": [
			{"name": "events", "number": 1, "type": "TYPE_MESSAGE", "label": "LABEL_REPEATED", "typeName": ".eventbus.v1.ConsumerEvent"},
			{"name": "latest_replay_id", "number": 2, "type": "TYPE_BYTES"},
			{"name": "rpc_id", "number": 3, "type": "TYPE_STRING"},
			{"name": "pending_num_requested", "number": 4, "type": "TYPE_INT32"}]},
		{"name": "ConsumerEvent", "field": [
			{"name": "event", "number": 1, "type": "TYPE_MESSAGE", "typeName": ".eventbus.v1.ProducerEvent"},
			{"name": "replay_id", "number": 2, "type": "TYPE_BYTES"}]},
		{"name": "EventHeader", "field": [
			{"name": "key", "number": 1, "type": "TYPE_STRING"},
			{"name": "value", "number": 2, "type": "TYPE_BYTES"}]},
		{"name": "ProducerEvent", "field": [
			{"name": "id", "number": 1, "type": "TYPE_STRING"},
			{"name": "schema_id", "number": 2, "type": "TYPE_STRING"},
			{"name": "payload", "number": 3, "type": "TYPE_BYTES"},
			{"name": "headers", "number": 4, "type": "TYPE_MESSAGE", "label": "LABEL_REPEATED", "typeName": ".eventbus.v1.EventHeader"}]}
	]
}`

// TestAgainstDescriptor holds the tables to the published protocol, with the library's own
// encoder on the other side.
func TestAgainstDescriptor(t *testing.T) {
	var desc descriptorpb.FileDescriptorProto
	if err := protojson.Unmarshal([]byte(published), &desc); err != nil {
		t.Fatal(err)
	}
	file, err := protodesc.NewFile(&desc, nil)
	if err != nil {
		t.Fatal(err)
	}
	event := eventbus.ConsumerEvent{Event: eventbus.ProducerEvent{ID: "e1", SchemaID: "s", Payload: []byte{0, 1}}, ReplayID: []byte{9}}
	for name, tt := range map[string]struct {
		message any
		json    string
	}{
		"FetchRequest": {
			&eventbus.FetchRequest{Topic: "/data/X", Preset: eventbus.Custom, ReplayID: []byte{0, 1}, Requested: 100, AuthRefresh: "a"},
			`{"topicName": "/data/X", "replayPreset": "CUSTOM", "replayId": "AAE=", "numRequested": 100, "authRefresh": "a"}`,
		},
		"FetchResponse": {
			&eventbus.FetchResponse{Events: []eventbus.ConsumerEvent{event, {}}, Latest: []byte{7}, RPCID: "r", Pending: -1},
			`{"events": [{"event": {"id": "e1", "schemaId": "s", "payload": "AAE=", "headers": [{"key": "k"}]}, "replayId": "CQ=="}, {"event": {}}],
			  "latestReplayId": "Bw==", "rpcId": "r", "pendingNumRequested": -1}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			theirs := dynamicpb.NewMessage(file.Messages().ByName(protoreflect.Name(name)))
			if err := protojson.Unmarshal([]byte(tt.json), theirs); err != nil {
				t.Fatal(err)
			}
			wire, err := proto.Marshal(theirs)
			if err != nil {
				t.Fatal(err)
			}
			got := reflect.New(reflect.TypeOf(tt.message).Elem()).Interface()
			if err := (eventbus.Codec{}).Unmarshal(wire, got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.message, got); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			ours, err := eventbus.Codec{}.Marshal(tt.message)
			if err != nil {
				t.Fatal(err)
			}
			back := dynamicpb.NewMessage(theirs.Descriptor())
			if err := proto.Unmarshal(ours, back); err != nil || len(back.GetUnknown()) > 0 {
				t.Fatalf("the library reads ours: %v, unknown %x", err, back.GetUnknown())
			}
			again := reflect.New(reflect.TypeOf(tt.message).Elem()).Interface()
			if wire, err = proto.Marshal(back); err == nil {
				err = eventbus.Codec{}.Unmarshal(wire, again)
			}
			if diff := cmp.Diff(tt.message, again); err != nil || diff != "" {
				t.Errorf("written and read back: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte{0x0a, 0x02, 0x12, 0x00, 0x20, 0x05})
	f.Fuzz(func(_ *testing.T, data []byte) {
		var m eventbus.FetchResponse
		_ = eventbus.Codec{}.Unmarshal(data, &m) // whatever came: an error, not a panic
	})
}
