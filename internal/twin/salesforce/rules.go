package salesforce

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
)

// stage is what a stage name decides about an opportunity.
type stage struct {
	closed, won  bool
	probability  any
	category     any
	categoryName any
}

// settle works out the derived fields of a record about to be saved. old is nil for
// a create; said tells what the request mentions.
func (t *Twin) settle(o *object, old, v map[string]any, said touched) *apiError {
	switch o.name {
	case "Opportunity":
		return t.settleOpportunity(old, v, said)
	case "OpportunityLineItem":
		return t.settleLine(old, v, said)
	case "PricebookEntry":
		return t.settleEntry(old, v)
	case "Contact", "User":
		v["Name"] = personName(v)
	case "Task":
		t.settleTask(v)
	}
	return nil
}

// settled does what follows from a saved record; old is nil for a create.
func (t *Twin) settled(r *row, old map[string]any) {
	switch r.o.name {
	case "OpportunityLineItem":
		if opp, ok := t.store.live(r.str("OpportunityId")); ok {
			t.takeBook(opp, r)
			t.rollUp(opp)
		}
	case "Opportunity":
		if old == nil {
			t.primaryOf(r)
		}
		for _, line := range t.lines(r) {
			v := maps.Clone(line.v)
			t.nameLine(v)
			t.store.replace(line, v)
		}
	case "OpportunityContactRole":
		t.settledRole(r)
	case "Product2":
		t.followProduct(r, old)
	case "PricebookEntry":
		t.followStandard(r)
	case "Task":
		t.settledTask(r, old)
	}
	t.chronicle(r, old)
}

// takeBook gives an opportunity without a price book that of its first line.
func (t *Twin) takeBook(opp, line *row) {
	entry, ok := t.store.parent(line, "PricebookEntryId")
	if ok && opp.v["Pricebook2Id"] == nil {
		v := maps.Clone(opp.v)
		v["Pricebook2Id"] = entry.v["Pricebook2Id"]
		t.store.replace(opp, v)
	}
}

func (t *Twin) lines(opp *row) []*row {
	return t.store.pointing("OpportunityLineItem", "OpportunityId", opp.id())
}

func (t *Twin) settleOpportunity(old, v map[string]any, said touched) *apiError {
	if old != nil && old["HasOpportunityLineItem"] == true {
		if old["Pricebook2Id"] != v["Pricebook2Id"] {
			return errIntegrity("the price book cannot change while the opportunity has products", "Pricebook2Id")
		}
		if old[currencyField] != v[currencyField] {
			return errIntegrity("the currency cannot change while the opportunity has products", currencyField)
		}
		// Writes to what the lines decide are ignored without a word.
		v["Amount"], v["TotalOpportunityQuantity"] = old["Amount"], old["TotalOpportunityQuantity"]
	}
	if old == nil || old["StageName"] != v["StageName"] {
		t.enterStage(v, said)
		if old != nil {
			v["LastStageChangeDate"] = stamp(t.saveTime())
		}
	}
	if said["ForecastCategoryName"] {
		if plainText(v["ForecastCategoryName"]) == "" {
			stage, _ := v["StageName"].(string)
			v["ForecastCategoryName"] = t.stages[stage].categoryName
		}
		v["ForecastCategory"] = categoryOf(plainText(v["ForecastCategoryName"]))
	}
	if old != nil {
		v["PushCount"] = pushes(old, v)
	}
	t.settleFiscal(v)
	t.settleExpected(v)
	return nil
}

// pushes counts how often the close date moved to a later month.
func pushes(old, v map[string]any) any {
	from, _ := old["CloseDate"].(string)
	to, _ := v["CloseDate"].(string)
	if to[:len("2006-01")] <= from[:len("2006-01")] {
		return old["PushCount"]
	}
	return json.Number(amount(old["PushCount"]).Add(decimal.FromInt(1)).String())
}

// enterStage takes over what the stage decides, except what the request itself says.
func (t *Twin) enterStage(v map[string]any, said touched) {
	name, _ := v["StageName"].(string)
	s := t.stages[name]
	v["IsClosed"], v["IsWon"], v["ForecastCategory"] = s.closed, s.won, s.category
	if !said["Probability"] {
		v["Probability"] = s.probability
	}
	if !said["ForecastCategoryName"] {
		v["ForecastCategoryName"] = s.categoryName
	}
}

func categoryOf(name string) string {
	switch name {
	case "Best Case":
		return "BestCase"
	case "Commit":
		return "Forecast"
	}
	return name
}

func (t *Twin) settleExpected(v map[string]any) {
	v["ExpectedRevenue"] = nil
	if v["Amount"] != nil && v["Probability"] != nil {
		f := t.schema.names["opportunity"].must("ExpectedRevenue")
		v["ExpectedRevenue"] = f.kept(amount(v["Amount"]).Mul(amount(v["Probability"])).Mul(decimal.Must("0.01")))
	}
}

// settleFiscal derives the fiscal period from the close date. A fiscal year that does
// not start in January is named after the year in which it ends.
func (t *Twin) settleFiscal(v map[string]any) {
	s, _ := v["CloseDate"].(string)
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return // unreachable: CloseDate is required and was converted
	}
	start := 1
	if org, ok := t.store.live(t.orgID); ok {
		if n, err := strconv.Atoi(fmt.Sprint(org.v["FiscalYearStartMonth"])); err == nil && n >= 1 && n <= 12 {
			start = n
		}
	}
	year, quarter := day.Year(), (int(day.Month())-start+12)%12/3+1
	if start > 1 && int(day.Month()) >= start {
		year++
	}
	v["FiscalYear"], v["FiscalQuarter"] = json.Number(strconv.Itoa(year)), json.Number(strconv.Itoa(quarter))
	v["Fiscal"] = fmt.Sprintf("%d %d", year, quarter)
}

// rollUp recomputes what the lines of an opportunity decide, and moves its stamps.
func (t *Twin) rollUp(opp *row) {
	old, v := opp.v, maps.Clone(opp.v)
	t.sumLines(opp, v)
	if !t.otherwise[doubtRollUpMovesStamps] {
		t.touch(v)
	}
	t.store.replace(opp, v)
	t.chronicle(opp, old)
}

func (t *Twin) sumLines(opp *row, v map[string]any) {
	lines := t.lines(opp)
	v["HasOpportunityLineItem"] = len(lines) > 0
	if len(lines) > 0 {
		total, quantity := decimal.Zero(), decimal.Zero()
		for _, line := range lines {
			total = total.Add(amount(line.v["TotalPrice"]))
			quantity = quantity.Add(amount(line.v["Quantity"]))
		}
		v["Amount"] = json.Number(total.Canonical())
		v["TotalOpportunityQuantity"] = json.Number(quantity.Canonical())
	}
	t.settleExpected(v)
}

// settleLine finds the line's price book entry and works out its prices. The vendor's
// rules: on create exactly one of UnitPrice and TotalPrice; a change of Quantity alone
// keeps the total and moves the price; a change of Discount or UnitPrice moves the total.
func (t *Twin) settleLine(old, v map[string]any, said touched) *apiError {
	if old != nil && old["HasSchedule"] == true {
		// What the schedule decides is ignored without a word.
		v["Quantity"], v["TotalPrice"], v["UnitPrice"] = old["Quantity"], old["TotalPrice"], old["UnitPrice"]
		return nil
	}
	if said["UnitPrice"] && said["TotalPrice"] {
		return errIntegrity("only one of unit price and total price may be given", "TotalPrice")
	}
	if old == nil {
		if v["UnitPrice"] == nil && v["TotalPrice"] == nil {
			return errRequired("UnitPrice")
		}
		if refusal := t.settleProduct(v); refusal != nil {
			return refusal
		}
	}
	if id, _ := v["PricebookEntryId"].(string); old != nil && id != "" {
		if entry, ok := t.store.live(id); ok && !entry.is("IsActive") {
			return errIntegrity("the pricebook entry is inactive", "PricebookEntryId")
		}
	}
	if amount(v["Quantity"]).IsZero() {
		return errIntegrity("the quantity may not be zero", "Quantity")
	}
	if !said["TotalPrice"] && !said["Quantity"] && !said["UnitPrice"] && !said["Discount"] {
		return nil // a total that was typed stays as typed
	}
	byTotal := said["TotalPrice"] || said["Quantity"] && !said["UnitPrice"] && !said["Discount"] && old != nil
	if refusal := t.price(v, byTotal); refusal != nil {
		return refusal
	}
	return t.checkSum(v)
}

// checkSum refuses a line with which the lines of its opportunity come to more than an
// amount can be.
func (t *Twin) checkSum(v map[string]any) *apiError {
	opp, _ := t.store.live(plainText(v["OpportunityId"])) // the reference was checked
	sum := amount(v["TotalPrice"])
	for _, line := range t.lines(opp) {
		if line.v["Id"] != v["Id"] {
			sum = sum.Add(amount(line.v["TotalPrice"]))
		}
	}
	if f := opp.o.must("Amount"); !f.fits(sum) {
		return errRange(f, sum.String())
	}
	return nil
}

// settleProduct takes product, price and code from the price book entry. A line that
// names only a product uses its active entry in the opportunity's price book.
func (t *Twin) settleProduct(v map[string]any) *apiError {
	oppID, _ := v["OpportunityId"].(string)
	opp, ok := t.store.live(oppID)
	if !ok {
		return errRequired("OpportunityId") // unreachable: the reference was checked
	}
	entryID, _ := v["PricebookEntryId"].(string)
	entry, ok := t.store.live(entryID)
	if !ok {
		product, _ := v["Product2Id"].(string)
		entry, ok = t.entry(product, func(r *row) bool {
			return r.is("IsActive") && opp.v["Pricebook2Id"] == r.v["Pricebook2Id"] && opp.v[currencyField] == r.v[currencyField]
		})
	}
	switch {
	case !ok:
		return errRequired("PricebookEntryId")
	case !entry.is("IsActive"):
		return errIntegrity("the pricebook entry is inactive", "PricebookEntryId")
	case opp.v["Pricebook2Id"] != nil && opp.v["Pricebook2Id"] != entry.v["Pricebook2Id"]:
		return errIntegrity("the pricebook entry is in a different pricebook than the one assigned to the opportunity", "PricebookEntryId")
	}
	if entry.v[currencyField] != opp.v[currencyField] {
		return errIntegrity("the pricebook entry is in another currency than the opportunity", "PricebookEntryId")
	}
	v["PricebookEntryId"], v["Product2Id"], v["ListPrice"] = entry.id(), entry.v["Product2Id"], entry.v["UnitPrice"]
	t.nameLine(v)
	return nil
}

// nameLine sets the copies that a line shows of its opportunity and product.
func (t *Twin) nameLine(v map[string]any) {
	oppID, _ := v["OpportunityId"].(string)
	productID, _ := v["Product2Id"].(string)
	opp, ok := t.store.live(oppID)
	product := t.store.ids[productID]
	if !ok || product == nil {
		return
	}
	v["ProductCode"] = product.v["ProductCode"]
	v["Name"] = strings.TrimSpace(opp.str("Name") + " " + product.str("Name"))
}

// lineRounding is how a line's money is brought to cents.
func (t *Twin) lineRounding() decimal.Mode {
	if t.otherwise[doubtLineRounding] {
		return decimal.HalfEven
	}
	return decimal.HalfUp
}

// price works out the total from quantity, price and discount, or the price from the
// total: total = quantity × price × (1 − discount ÷ 100), rounded half up to cents.
func (t *Twin) price(v map[string]any, byTotal bool) *apiError {
	line := t.schema.names["opportunitylineitem"]
	discount := amount(v["Discount"])
	hundred := decimal.FromInt(100)
	if discount.Sign() < 0 || discount.Cmp(hundred) > 0 {
		return errRange(line.must("Discount"), discount.String())
	}
	share := hundred.Sub(discount).Mul(decimal.Must("0.01"))
	quantity := amount(v["Quantity"])
	if byTotal && !share.IsZero() {
		unit, err := amount(v["TotalPrice"]).Quo(quantity.Mul(share), 2, t.lineRounding())
		if err != nil {
			return errRange(line.must("UnitPrice"), fmt.Sprint(v["TotalPrice"])) // unreachable: neither factor is zero
		}
		if f := line.must("UnitPrice"); !f.fits(unit) {
			return errRange(f, unit.String())
		}
		v["UnitPrice"] = json.Number(unit.Canonical())
	} else {
		total := quantity.Mul(amount(v["UnitPrice"])).Mul(share)
		if f := line.must("TotalPrice"); !f.fits(total) {
			return errRange(f, total.String())
		}
		v["TotalPrice"] = line.must("TotalPrice").rounded(total, t.lineRounding())
	}
	f, subtotal := line.must("Subtotal"), quantity.Mul(amount(v["UnitPrice"]))
	if !f.fits(subtotal) {
		return errRange(f, subtotal.String())
	}
	v["Subtotal"] = f.rounded(subtotal, t.lineRounding())
	return nil
}

// settleEntry refuses a second entry of a product in one book, and one in another
// book before the standard book has it.
func (t *Twin) settleEntry(old, v map[string]any) *apiError {
	if old == nil {
		twin, dup := t.entry(v["Product2Id"], func(r *row) bool {
			return r.v["Pricebook2Id"] == v["Pricebook2Id"] && r.v[currencyField] == v[currencyField]
		})
		if dup {
			return badRequest("DUPLICATE_VALUE", "duplicate value found: This price definition already exists in this price book: "+twin.id())
		}
	}
	book, _ := v["Pricebook2Id"].(string)
	b, ok := t.store.live(book)
	if ok && !b.is("IsStandard") {
		standard, ok := t.standardEntry(v["Product2Id"], v[currencyField])
		if !ok {
			return badRequest("STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")
		}
		if v["UseStandardPrice"] == true {
			v["UnitPrice"] = standard.v["UnitPrice"]
		}
	}
	if v["UnitPrice"] == nil {
		return errRequired("UnitPrice")
	}
	t.nameEntry(v)
	return nil
}

func (t *Twin) standardEntry(product, currency any) (*row, bool) {
	return t.entry(product, func(r *row) bool {
		if r.v[currencyField] != currency {
			return false
		}
		b, ok := t.store.live(r.str("Pricebook2Id"))
		return ok && b.is("IsStandard")
	})
}

// entry returns the oldest entry of a product that want accepts.
func (t *Twin) entry(product any, want func(*row) bool) (*row, bool) {
	id, _ := product.(string)
	for _, r := range t.store.pointing("PricebookEntry", "Product2Id", id) {
		if want(r) {
			return r, true
		}
	}
	return nil, false
}

// followStandard gives the entries that use the standard price the one just saved.
func (t *Twin) followStandard(standard *row) {
	if book, ok := t.store.parent(standard, "Pricebook2Id"); !ok || !book.is("IsStandard") {
		return
	}
	for _, r := range t.store.pointing("PricebookEntry", "Product2Id", standard.str("Product2Id")) {
		if r.is("UseStandardPrice") && r.v[currencyField] == standard.v[currencyField] && r.v["UnitPrice"] != standard.v["UnitPrice"] {
			v := maps.Clone(r.v)
			v["UnitPrice"] = standard.v["UnitPrice"]
			t.touch(v)
			t.store.replace(r, v)
		}
	}
}

// followProduct shows the name and code of a product on its entries and lines. Nobody saved
// those, so their stamps stay.
func (t *Twin) followProduct(product *row, old map[string]any) {
	if old == nil || old["Name"] == product.v["Name"] && old["ProductCode"] == product.v["ProductCode"] {
		return
	}
	for object, name := range map[string]func(map[string]any){"PricebookEntry": t.nameEntry, "OpportunityLineItem": t.nameLine} {
		for _, r := range t.store.pointing(object, "Product2Id", product.id()) {
			v := maps.Clone(r.v)
			name(v)
			t.store.replace(r, v)
		}
	}
}

func (t *Twin) nameEntry(v map[string]any) {
	id, _ := v["Product2Id"].(string)
	if p := t.store.ids[id]; p != nil {
		v["Name"], v["ProductCode"] = p.v["Name"], p.v["ProductCode"]
	}
}
