"""What happens to machine hours."""

from gongchuang.events import Event


class CapacityChanged(Event):
    """Hours of a machine were held, booked, blocked or released, or its closing days changed. The object is the machine."""

    kind = "machine"


class HoldDisplaced(Event):
    """A soft hold lost its hours to a booking or to outside work. The object is the allocation; its source says whose hold it was."""

    kind = "allocation"
