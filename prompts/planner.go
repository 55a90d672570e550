package prompts

// Planner is the system prompt of the planner with a model: the rules of the plan
// language, how to answer, and what the catalog has for one goal.
type Planner struct {
	APIs       []API
	Operations []Operation
	Types      []Type
	Examples   []Example
	// Left says that more was found than there is room for.
	Left bool
}

// API is one API the goal may be about.
type API struct {
	Name  Name
	Title Data
}

// Operation is one operation, as the check will judge calls of it.
type Operation struct {
	Name    Name
	Effect  string
	About   Name // entity, may be empty
	Summary Data
	Params  []Param
	Body    Name // type of the body a write sends, "" for none
	Gives   Name // type of the step's value, "" for none
	Query   bool
	Filter  bool // it takes a where
	// Once says what makes a repeated write harmless, "unique"; Key the field that the
	// plan must set as its key.
	Once string
	Key  Name
	// Limits are the names of the limits a plan must set for it.
	Limits []Name
}

// Param is one parameter that a plan may set.
type Param struct {
	Name     Name
	Type     Name
	Required bool
	Doc      Data
}

// Type is one object and those of its fields that matter for the goal.
type Type struct {
	Name Name
	Doc  Data
	Key  Name
	// Unique are fields the vendor keeps unique, Find those a record can be found by.
	Unique, Find []Name
	// Live holds what a record must have to be used: field and value.
	Live []Pair
	// Changes says that its changes can start runs, Ensure that a step can find or create
	// one, Code that rows of a mapping can choose one, and by which field.
	Changes, Ensure bool
	Code            Name
	Fields          []Field
	More            int // fields not shown
}

// Pair is a field and its value.
type Pair struct {
	Name  Name
	Value Data
}

// Field is one field of a type.
type Field struct {
	Name     Name
	Type     Name
	Required bool // to create the object
	Always   bool // in every answer
	ReadOnly bool
	SendOnly bool
	Money    bool
	Max      int    // characters; 0 when not stated
	Enum     []Data // its values; empty when it is open
	Doc      Data
}

// Example is one goal and the answer to it, as JSON.
type Example struct {
	Goal   string
	Answer string
}

// Render returns the prompt.
func (p Planner) Render() string { return render(plannerFile, p) }

// Repair tells a model what is wrong with its answer.
type Repair struct {
	Findings []Finding
	More     int // findings not shown
	Left     int // rounds left after this one
}

// Finding is one thing to put right.
type Finding struct {
	Code    string
	At      Data // place in the answer
	Message Words
	Hint    Words
}

// Render returns the prompt.
func (r Repair) Render() string { return render(repairFile, r) }
