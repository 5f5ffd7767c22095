package pagination

// The names that Detect knows. They are functions because a package has no
// variables that anybody could change.

// containerNames are members that hold what a page says about itself.
func containerNames() []string {
	return []string{"meta", "metadata", "_meta", "_metadata", "pagination", "paging", "page_info", "pageInfo", "page", "pages",
		"links", "_links", "result_info", "response_metadata", "cursors", "cursor", "next"}
}

// urlNames are members that have the URL of the next page.
func urlNames() []string {
	return []string{"next", "next_url", "nextUrl", "next_page_url", "nextPageUrl", "next_link", "nextLink", "next_href",
		"@odata.nextLink", "odata.nextLink", "nextRecordsUrl", "next_page", "nextPage"}
}

// tokenName is a member that has a token, and the parameter that customarily
// takes it.
type tokenName struct{ name, param, within string }

func tokenNames() []tokenName {
	return []tokenName{
		{"next_cursor", "cursor", ""}, {"nextCursor", "cursor", ""}, {"next_page_token", "page_token", ""},
		{"nextPageToken", "pageToken", ""}, {"next_token", "next_token", ""}, {"nextToken", "nextToken", ""},
		{"continuation_token", "continuation_token", ""}, {"continuationToken", "continuationToken", ""},
		{"end_cursor", "after", ""}, {"endCursor", "after", ""},
		{"starting_after", "starting_after", "next"}, {"after", "after", "next"}, {"after", "after", "cursors"},
		{"after", "after", "cursor"}, {"next", "cursor", "cursors"}, {"next", "cursor", "cursor"},
		{"next_page", "page", ""}, {"nextPage", "page", ""}, {"next_offset", "offset", ""}, {"nextOffset", "offset", ""},
	}
}

// flagNames are members that say whether more is to come.
func flagNames() []string {
	return []string{"has_more", "hasMore", "has_next_page", "hasNextPage", "has_next", "hasNext", "more_items_in_collection"}
}

// numberNames are members that have the number of the page.
func numberNames() []string {
	return []string{"page", "current_page", "currentPage", "page_number", "pageNumber", "number", "current"}
}

// pagesNames are members that have the number of all pages.
func pagesNames() []string {
	return []string{"total_pages", "totalPages", "last_page", "lastPage", "page_count", "pageCount", "num_pages", "pages"}
}

// offsetNames are members that have the offset of the page, and parameters that
// take it.
func offsetNames() []string { return []string{"offset", "startAt", "start", "skip"} }

// totalNames are members that have the number of all records.
func totalNames() []string {
	return []string{"total_count", "totalCount", "total", "total_results", "totalResults", "total_items", "totalItems", "total_records"}
}

// customary are all the parameters that may take what is found.
func customary() []string {
	names := append([]string{"page"}, offsetNames()...)
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	for _, n := range tokenNames() {
		if !known[n.param] {
			names, known[n.param] = append(names, n.param), true
		}
	}
	return names
}
