package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.stabledino.detection.data.CocoDataset.Category;

/** COCO's 80 categories, which published detectors know without saying so. */
public final class CocoCategories {
  private static final String NAMES =
      """
      person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic
      light, fire hydrant, stop sign, parking meter, bench, bird, cat, dog, horse,
      sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella, handbag, tie,
      suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball
      glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork,
      knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog,
      pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv,
      laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink,
      refrigerator, book, clock, vase, scissors, teddy bear, hair drier, toothbrush\
      """;

  /** Ids that the first draft of COCO had and the published annotations have not. */
  private static final Set<Integer> UNUSED = Set.of(12, 26, 29, 30, 45, 66, 68, 69, 71, 83);

  private CocoCategories() {}

  /**
   * The categories.
   *
   * @return by label, which is the order of their ids
   */
  public static List<Category> all() {
    List<Category> categories = new ArrayList<>();
    int id = 0;
    for (String name : NAMES.split(",\\s+")) {
      id++;
      while (UNUSED.contains(id)) {
        id++;
      }
      categories.add(new Category(id, name, ""));
    }
    return categories;
  }

  /**
   * What classes of weights stand for that do not say it.
   *
   * @param numClasses how many there are
   * @return COCO's categories if there are as many, otherwise numbers from 1
   */
  public static List<Category> orNumbers(int numClasses) {
    List<Category> categories = all();
    if (categories.size() == numClasses) {
      return categories;
    }
    categories.clear();
    for (int i = 1; i <= numClasses; i++) {
      categories.add(new Category(i, "class " + i, ""));
    }
    return categories;
  }
}
