"""What a docstring says first, for tables and pages that list functions and laws."""


def first_line(documented: object) -> str:
    """Return the first line of what documents an object, without its full stop.

    Parameters
    ----------
    documented : object
        A function or a class.

    Returns
    -------
    str
        Empty if nothing documents it.

    Examples
    --------
    >>> first_line(first_line)
    'Return the first line of what documents an object, without its full stop'
    """
    text = (documented.__doc__ or "").strip()
    return text.splitlines()[0].rstrip(".") if text else ""
