"""Part of reading: a web page → its article's text and what the page says of it. The only importer of trafilatura."""

import logging


def text_of_page(source: str) -> tuple[str, dict[str, str | None]]:
    """The main text of an HTML page, and its title, day, site and address as far as the page states them.

    The text is empty where the page holds no article. Nothing is fetched.
    """
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # its complaints name no file; ours do
    page = trafilatura.bare_extraction(
        source, with_metadata=True, include_comments=False, include_tables=False
    )
    if page is None or isinstance(page, dict):
        return "", {}
    fields = {"title": page.title, "published": page.date, "source": page.sitename, "url": page.url}
    return page.text or "", fields
