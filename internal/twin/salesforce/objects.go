package salesforce

import (
	"encoding/json"
	"slices"
)

// The objects below carry the standard fields an invoicing workflow meets, with the
// types, lengths and scales of the vendor's field reference, and custom fields that hold
// what planwright writes back. Figures: facts on standard fields,
// sections 6.1 to 6.4.

func account() *object {
	own := []field{
		text("Name", 255).required().named(),
		pick("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Other"),
		ref("MasterRecordId", "MasterRecord", "Account").readOnly(), ref("ParentId", "Parent", "Account").children("ChildAccounts"),
	}
	own = append(own, addressFields("Billing")...)
	own = append(own, addressFields("Shipping")...)
	own = append(own,
		phone("Phone"), phone("Fax"), text("AccountNumber", 40), textLike("Website", kindURL, 255),
		pick("Industry", "Agriculture", "Construction", "Education", "Engineering", "Finance", "Government",
			"Healthcare", "Hospitality", "Manufacturing", "Media", "Retail", "Technology", "Transportation", "Other"),
		number("AnnualRevenue", kindCurrency, 18, 0), number("NumberOfEmployees", kindInt, 8, 0),
		area("Description", 32000), pick("Rating", "Hot", "Warm", "Cold"), pick("Ownership", "Public", "Private", "Subsidiary", "Other"),
		text("TickerSymbol", 20), text("Site", 80), text("Sic", 20), text("SicDesc", 80), textLike("PhotoUrl", kindURL, 255).readOnly(),
		pick("AccountSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
		ref("OwnerId", "Owner", "User").required(), date("LastActivityDate").readOnly(), text("Xero_Contact_Id__c", 36),
	)
	own = append(own, viewed()...)
	return &object{name: "Account", label: "Account", plural: "Accounts", fields: withSystem(own...), create: true, update: true, remove: true, bin: true}
}

func contact() *object {
	own := []field{
		ref("MasterRecordId", "MasterRecord", "Contact").readOnly(), ref("AccountId", "Account", "Account").owned("Contacts"),
		text("LastName", 80).required(), text("FirstName", 40), pick("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx."),
		text("Name", 203).required().readOnly().named(),
	}
	own = append(own, addressFields("Mailing")...)
	own = append(own, addressFields("Other")...)
	own = append(own,
		phone("Phone"), phone("Fax"), phone("MobilePhone"), phone("HomePhone"), phone("OtherPhone"), phone("AssistantPhone"),
		textLike("Email", kindEmail, 80), text("Title", 128), text("Department", 80), text("AssistantName", 40),
		ref("ReportsToId", "ReportsTo", "Contact"), date("Birthdate"), textLike("PhotoUrl", kindURL, 255).readOnly(),
		pick("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
		text("EmailBouncedReason", 255).readOnly(), moment("EmailBouncedDate").readOnly(), flag("IsEmailBounced", false).readOnly(),
		area("Description", 32000), ref("OwnerId", "Owner", "User").required(), date("LastActivityDate").readOnly(),
	)
	own = append(own, viewed()...)
	return &object{name: "Contact", label: "Contact", plural: "Contacts", fields: withSystem(own...), create: true, update: true, remove: true, bin: true}
}

func opportunity(stages []string) *object {
	own := []field{
		ref("AccountId", "Account", "Account").owned("Opportunities"),
		flag("IsPrivate", false),
		text("Name", 120).required().named(),
		area("Description", 32000),
		pick("StageName", stages...).required().only().labelled("Stage"),
		money("Amount"),
		number("Probability", kindPercent, 3, 0).labelled("Probability (%)"),
		money("ExpectedRevenue").readOnly(),
		number("TotalOpportunityQuantity", kindDouble, 18, 2).labelled("Quantity"),
		date("CloseDate").required(),
		pick("Type", "Existing Customer - Upgrade", "Existing Customer - Renewal", "New Customer"),
		text("NextStep", 255),
		pick("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"),
		flag("IsClosed", false).readOnly(), flag("IsWon", false).readOnly(),
		pick("ForecastCategory", "Omitted", "Pipeline", "BestCase", "Forecast", "Closed").required().readOnly(),
		pick("ForecastCategoryName", "Omitted", "Pipeline", "Best Case", "Commit", "Closed").only(),
		flag("HasOpportunityLineItem", false).readOnly(),
		ref("Pricebook2Id", "Pricebook2", "Pricebook2").labelled("Price Book ID"),
		ref("OwnerId", "Owner", "User").required(),
		ref("ContactId", "Contact", "Contact").createOnly(),
		ref("CampaignId", "", "Campaign"), // campaigns are beyond the twin
		number("PushCount", kindInt, 9, 0).readOnly().startsAs(json.Number("0")),
		moment("LastStageChangeDate").readOnly(), date("LastActivityDate").readOnly(),
		flag("HasOpenActivity", false).readOnly(), flag("HasOverdueTask", false).readOnly(),
		ref("LastAmountChangedHistoryId", "LastAmountChangedHistory", "OpportunityHistory").readOnly(),
		ref("LastCloseDateChangedHistoryId", "LastCloseDateChangedHistory", "OpportunityHistory").readOnly(),
		number("FiscalQuarter", kindInt, 9, 0).readOnly(), number("FiscalYear", kindInt, 9, 0).readOnly(),
		text("Fiscal", 6).readOnly(),
		text("Xero_Invoice_Id__c", 36).key(), text("Xero_Invoice_Number__c", 255),
		text("Xero_Payment_Status__c", 255), money("Xero_Amount_Paid__c"), text("Xero_Payment_Mark__c", 255),
	}
	own = append(own, viewed()...)
	return &object{name: "Opportunity", label: "Opportunity", plural: "Opportunities", fields: withSystem(own...), create: true, update: true, remove: true, bin: true}
}

// lineItem's records are gone when deleted: they have no recycle bin.
func lineItem() *object {
	own := []field{
		ref("OpportunityId", "Opportunity", "Opportunity").required().createOnly().owned("OpportunityLineItems"),
		number("SortOrder", kindInt, 9, 0),
		ref("PricebookEntryId", "PricebookEntry", "PricebookEntry").createOnly().labelled("Price Book Entry ID"),
		ref("Product2Id", "Product2", "Product2").createOnly().labelled("Product ID"),
		text("ProductCode", 255).readOnly(),
		text("Name", 376).readOnly().named().labelled("Opportunity Product Name"),
		number("Quantity", kindDouble, 12, 2).required(),
		number("Discount", kindPercent, 5, 2),
		money("Subtotal").readOnly(), money("TotalPrice"),
		money("UnitPrice").labelled("Sales Price"), money("ListPrice").readOnly(),
		date("ServiceDate").labelled("Date"), text("Description", 255).labelled("Line Description"),
	}
	own = append(own, viewed()...)
	return &object{name: "OpportunityLineItem", label: "Opportunity Product", plural: "Opportunity Product", fields: withSystem(own...), create: true, update: true, remove: true}
}

func product() *object {
	own := []field{
		text("Name", 255).required().named().labelled("Product Name"),
		text("ProductCode", 255), area("Description", 4000), flag("IsActive", false),
		pick("Family", "Software", "Services", "Hardware", "Training").only().labelled("Product Family"),
		pick("QuantityUnitOfMeasure", "Each"), text("StockKeepingUnit", 180).labelled("Product SKU"),
		flag("IsArchived", false).readOnly(), text("ExternalId", 255), textLike("DisplayUrl", kindURL, 1000),
		ref("ExternalDataSourceId", "", "ExternalDataSource"), pick("Type", "Base", "Set", "Bundle").only(), // the source is beyond the twin
		pick("ProductClass", "Simple", "Set", "VariationParent", "Variation", "Bundle").readOnly(),
	}
	own = append(own, viewed()...)
	return &object{name: "Product2", label: "Product", plural: "Products", fields: withSystem(own...), create: true, update: true, remove: true, bin: true}
}

func pricebook() *object {
	own := []field{
		text("Name", 255).required().named().labelled("Price Book Name"),
		area("Description", 255), flag("IsActive", false), flag("IsArchived", false).readOnly(), flag("IsStandard", false).readOnly(),
	}
	own = append(own, viewed()...)
	return &object{name: "Pricebook2", label: "Price Book", plural: "Price Books", fields: withSystem(own...), create: true, update: true, remove: true, bin: true}
}

// pricebookEntry cannot be deleted in normal use; it is made inactive instead.
func pricebookEntry() *object {
	return &object{name: "PricebookEntry", label: "Price Book Entry", plural: "Price Book Entries", fields: withSystem(
		text("Name", 255).readOnly().named().labelled("Product Name"),
		ref("Pricebook2Id", "Pricebook2", "Pricebook2").required().createOnly().children("PricebookEntries").labelled("Price Book ID"),
		ref("Product2Id", "Product2", "Product2").required().createOnly().children("PricebookEntries").labelled("Product ID"),
		money("UnitPrice").labelled("List Price"),
		flag("IsActive", false), flag("UseStandardPrice", false), flag("IsArchived", false).readOnly(),
		text("ProductCode", 255).readOnly(),
	), create: true, update: true}
}

func opportunityStage() *object {
	own := readOnly(
		text("MasterLabel", 255).required().named(), text("ApiName", 255).required(), flag("IsActive", true),
		number("SortOrder", kindInt, 9, 0), flag("IsClosed", false), flag("IsWon", false),
		pick("ForecastCategory", "Omitted", "Pipeline", "BestCase", "Forecast", "Closed"),
		pick("ForecastCategoryName", "Omitted", "Pipeline", "Best Case", "Commit", "Closed"),
		number("DefaultProbability", kindPercent, 3, 0), text("Description", 255),
	)
	return &object{name: "OpportunityStage", label: "Opportunity Stage", plural: "Opportunity Stage", fields: withAudit(own...)}
}

func user() *object {
	own := []field{
		text("Username", 80).required(), text("LastName", 80).required(), text("FirstName", 40),
		text("Name", 121).required().readOnly().named(),
		textLike("Email", kindEmail, 128).required(), text("Alias", 8).required(), flag("IsActive", true),
		pick("TimeZoneSidKey", "Pacific/Auckland", "Europe/London", "America/Los_Angeles", "GMT").required(),
		pick("LocaleSidKey", "en_NZ", "en_GB", "en_US").required(), pick("UserType", "Standard", "AutomatedProcess").readOnly(),
		pick("LanguageLocaleKey", "en_US").required().startsAs("en_US"), pick("EmailEncodingKey", "UTF-8").required().startsAs("UTF-8"),
		ref("ProfileId", "", "Profile"), ref("UserRoleId", "", "UserRole"), ref("ManagerId", "Manager", "User"),
	}
	return &object{name: "User", label: "User", plural: "Users", fields: withAudit(own...), update: true}
}

func organization() *object {
	own := readOnly(
		text("Name", 80).required().named(), text("Division", 80), text("Country", 80),
		text("TimeZoneSidKey", 40).required(), text("DefaultLocaleSidKey", 40).required(),
		number("FiscalYearStartMonth", kindInt, 9, 0), flag("PreferencesRequireOpportunityProducts", false),
		text("OrganizationType", 40), text("InstanceName", 5), flag("IsSandbox", false), flag("IsReadOnly", false), text("NamespacePrefix", 15),
		moment("TrialExpirationDate"), text("LanguageLocaleKey", 40).startsAs("en_US"),
	)
	return &object{name: "Organization", label: "Organization", plural: "Organizations", fields: withAudit(own...)}
}

func task() *object {
	return &object{name: "Task", label: "Task", plural: "Tasks", fields: withSystem(
		ref("WhoId", "Who", "Contact").children("Tasks").labelled("Name ID"),
		ref("WhatId", "What", "Account", "Opportunity").children("Tasks").labelled("Related To ID"),
		textLike("Subject", kindCombo, 255).named(), date("ActivityDate").labelled("Due Date Only"),
		pick("Status", "Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred").required().startsAs("Not Started"),
		pick("Priority", "High", "Normal", "Low").required().startsAs("Normal"),
		flag("IsHighPriority", false).readOnly(), ref("OwnerId", "Owner", "User").required(),
		taskDescription(), ref("AccountId", "Account", "Account").readOnly(),
		flag("IsClosed", false).readOnly(), flag("IsArchived", false).readOnly(), moment("CompletedDateTime").readOnly(),
		text("Xero_Follow_Up__c", 255),
	), create: true, update: true, remove: true, bin: true}
}

// taskDescription is refused with a code of its own, whose spelling is the vendor's.
func taskDescription() field {
	f := area("Description", 32000).labelled("Comments")
	f.overlong = "MAX_TASK_DESCRIPTION_EXCEEEDED"
	return f
}

func readOnly(fields ...field) []field {
	out := slices.Clone(fields)
	for i := range out {
		out[i] = out[i].readOnly()
	}
	return out
}
